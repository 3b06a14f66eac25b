"""Frames in other clothes: batches, compressed messages and chunks."""

import base64
import json
import zlib

FRAME_BYTES = 32_768
# Room for the rest of a chunk, and for quotes and backslashes that are escaped once more.
PIECE = 10_000


class Unwrapping:
    """Undoes what a connection's frames are wrapped in."""

    def __init__(self):
        self._chunks = {}

    def messages(self, text):
        """The messages of a frame, in their order; none while one is not whole."""
        message = json.loads(text)
        kind = message.get("type")
        if kind == "batch":
            return message["messages"]
        if kind == "compressed":
            return self.messages(zlib.decompress(base64.b64decode(message["data"])).decode())
        if kind == "chunk":
            pieces = self._chunks.setdefault(message["id"], {})
            pieces[message["index"]] = message["data"]
            if len(pieces) < message["total"]:
                return []
            del self._chunks[message["id"]]
            return self.messages("".join(pieces[index] for index in range(message["total"])))
        return [message]


def text_of(message):
    """A message as it travels."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


class Room:
    """What else fits a frame beside a message."""

    def __init__(self, message):
        # The name of the request, and braces.
        self._left = FRAME_BYTES - len(text_of(message).encode()) - 64

    def takes(self, *parts):
        """Whether all of these fit too; then their room is taken."""
        size = sum(len(text_of(part).encode()) + 1 for part in parts)
        if size > self._left:
            return False
        self._left -= size
        return True


def frames_of(message, name):
    """The frames of a message: one, or chunks under a name of their own."""
    text = text_of(message)
    if len(text.encode()) <= FRAME_BYTES:
        return [text]
    # A character has four bytes at most.
    length = PIECE if text.isascii() else PIECE // 3
    pieces = [text[start : start + length] for start in range(0, len(text), length)]
    chunk = {"type": "chunk", "id": name, "total": len(pieces), "requestId": message.get("requestId")}
    return [text_of({**chunk, "index": index, "data": piece}) for index, piece in enumerate(pieces)]
