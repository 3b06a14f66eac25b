"""A WebSocket, as far as this client needs one, with nothing but the standard library (RFC 6455)."""

import asyncio
import base64
import hashlib
import os
import ssl
from urllib.parse import urlsplit

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class HandshakeRefused(Exception):
    """The service did not let the client in."""


class Closed(Exception):
    """The connection ended. `code` is 1005 for none, 1006 where nobody said so."""

    def __init__(self, code):
        super().__init__(f"closed with {code}")
        self.code = code


def masked(data, mask):
    """The data, each byte changed by one of the mask."""
    repeated = (mask * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(data), "big")


class WebSocket:
    """An open connection."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, url, headers=()):
        """Connects. Raises HandshakeRefused or OSError."""
        parts = urlsplit(url)
        secure = parts.scheme == "wss"
        port = parts.port or (443 if secure else 80)
        context = ssl.create_default_context() if secure else None
        reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=context)
        try:
            await cls._shake_hands(parts, headers, reader, writer)
        except BaseException:
            # Also where nobody waits for it any more: the service would take it for open.
            writer.close()
            raise
        return cls(reader, writer)

    @staticmethod
    async def _shake_hands(parts, headers, reader, writer):
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            *headers,
        ]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        except asyncio.IncompleteReadError as error:
            raise HandshakeRefused("no answer") from error
        answered = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        if " 101 " not in head[0] + " " or answered.get("sec-websocket-accept") != accept:
            raise HandshakeRefused(head[0])

    def send(self, text):
        """Sends a text."""
        self._frame(TEXT, text.encode())

    async def receive(self):
        """The next text. Raises Closed."""
        parts = []
        while True:
            try:
                first, second = await self._reader.readexactly(2)
                size = second & 127
                if size > 125:
                    size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
                data = await self._reader.readexactly(size)
            except (asyncio.IncompleteReadError, OSError) as error:
                raise Closed(1006) from error
            kind = first & 15
            if kind == CLOSE:
                self.close()
                raise Closed(int.from_bytes(data[:2], "big") if len(data) > 1 else 1005)
            if kind == PING:
                self._frame(PONG, data)
            elif kind != PONG:
                parts.append(data)
                if first & 128:
                    return b"".join(parts).decode()

    def close(self):
        """Says that it closes, and closes."""
        if not self._writer.is_closing():
            self._frame(CLOSE, (1000).to_bytes(2, "big"))
            self._writer.close()

    def _frame(self, kind, data):
        if self._writer.is_closing():
            return
        size = len(data)
        if size < 126:
            head = bytes([128 | kind, 128 | size])
        elif size < 65_536:
            head = bytes([128 | kind, 128 | 126]) + size.to_bytes(2, "big")
        else:
            head = bytes([128 | kind, 128 | 127]) + size.to_bytes(8, "big")
        mask = os.urandom(4)
        self._writer.write(head + mask + masked(data, mask))
