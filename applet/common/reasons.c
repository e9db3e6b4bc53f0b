/* SPDX-License-Identifier: 0BSD */
#include "reasons.h"
#include "text.h"

const char *
reason_word(uint64_t reason)
{
#define WORD(name, word, phrase, meaning) word "\0"
	static const char words[] = REASONS(WORD);

	return text_known(words, reason);
}

const char *
reason_phrase(uint64_t reason)
{
#define PHRASE(name, word, phrase, meaning) phrase "\0"
	static const char phrases[] = REASONS(PHRASE);

	return text_known(phrases, reason);
}

const char *
progress_word(uint64_t progress)
{
#define PROGRESS(name, word, meaning) word "\0"
	static const char words[] = PROGRESSES(PROGRESS);

	return text_known(words, progress);
}

const char *
protection_word(uint64_t protection)
{
#define PROTECTION(name, word, meaning) word "\0"
	static const char words[] = PROTECTIONS(PROTECTION);

	return text_known(words, protection);
}
