# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
#
# lib.sh: what the gates of both binaries know of a heap

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"

heap='malloc|calloc|realloc|free|aligned_alloc|posix_memalign|memalign'
heap="$heap|strdup|getline|__libc_malloc.*|__malloc.*|__expand_heap"
heap="$heap|brk|sbrk|__brk|mmap|mmap64|__mmap|mremap|__mremap|munmap|__munmap"
heap="$heap|fopen|fdopen|printf|fprintf|snprintf|vsnprintf"

# heap_symbols PROGRAM MORE: its symbols that belong to a heap, or to MORE
heap_symbols()
{
	nm "$1" | awk '{print $NF}' | grep -Ex "$heap|$2"
}

# What the run in $tmp/trace asked of the kernel, from behind its exec on.
asked_for_memory()
{
	sed 1d "$tmp/trace" | grep -E '(^|[^a-z])(brk|mmap2?|mremap|munmap)\('
}
