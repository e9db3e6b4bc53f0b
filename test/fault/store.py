#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""A xenstored that misbehaves.

usage: store.py SOCKET LOG silent|hang|garbage|close|slow|good [KEY=VALUE...]

silent   accepts and never answers        hang    answers half a header
garbage  answers with an impossible size  close   hangs up on each request
slow     answers a byte at a time         good    answers as it should
Each request is a line of LOG: type, path, and the value of a write.
"""
import os
import socket
import struct
import sys
import time

READ, WATCH, WRITE, EVENT, ERROR = 2, 4, 11, 15, 16


def whole(conn, size):
    data = b''
    while len(data) < size:
        more = conn.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def answer(kind, payload, keys):
    path, _, rest = payload.partition(b'\0')
    if kind == READ:
        if path.decode() in keys:
            return READ, keys[path.decode()].encode()
        return ERROR, b'ENOENT\0'
    if kind == WRITE and path.startswith(b'memory/'):
        return ERROR, b'EACCES\0'
    return kind, b'OK\0'


def send(conn, mode, kind, request, payload):
    data = struct.pack('=IIII', kind, request, 0, len(payload)) + payload
    if mode == 'silent':
        return
    if mode == 'hang':
        conn.sendall(data[:7])
    elif mode == 'garbage':
        conn.sendall(struct.pack('=IIII', kind, request, 0, 0xffffffff))
    elif mode == 'close':
        raise ConnectionError
    elif mode == 'slow':
        for i in range(len(data)):
            conn.sendall(data[i:i + 1])
            time.sleep(0.001)
    else:
        conn.sendall(data)


def serve(conn, log, mode, keys):
    while True:
        kind, request, _, size = struct.unpack('=IIII', whole(conn, 16))
        payload = whole(conn, size)
        path, _, rest = payload.partition(b'\0')
        print(kind, path.decode(), rest[:40], file=log, flush=True)
        reply, body = answer(kind, payload, keys)
        send(conn, mode, reply, request, body)
        if kind == WATCH and mode in ('good', 'slow'):
            send(conn, mode, EVENT, 0, payload)


def main():
    path, log, mode = sys.argv[1:4]
    keys = dict(word.split('=', 1) for word in sys.argv[4:])
    listener = socket.socket(socket.AF_UNIX)
    os.chdir(os.path.dirname(path))
    listener.bind(os.path.basename(path))
    listener.listen(5)
    with open(log, 'w', encoding='ascii') as out:
        print('ready', file=out, flush=True)
        while True:
            conn, _ = listener.accept()
            try:
                serve(conn, out, mode, keys)
            except OSError:
                conn.close()


main()
