"""One connection: requests and their answers."""

import asyncio

from .frames import Unwrapping, frames_of
from .websocket import Closed, WebSocket

PATIENCE = 30
TEMPORARY = {
    "TOO_MANY_CONNECTIONS",
    "TOO_MANY_CHUNKS",
    "RATE_LIMIT_EXCEEDED",
    "OVERLOADED",
    "UNAVAILABLE",
    "INTERNAL",
}
# By what the answer to a request ends; lists of an answer in several messages are put together.
ANSWERS = {"subscribed", "unsubscribed", "ack", "replay", "pong"}


class Refused(Exception):
    """The service refused a request."""

    def __init__(self, error):
        super().__init__(f"{error['code']}: {error.get('message')}")
        self.code = error["code"]
        self.is_temporary = error["code"] in TEMPORARY
        self.retry_after = error.get("retryAfter", 0) / 1_000


class Lost(Exception):
    """The connection ended before the answer came."""

    def __init__(self, code):
        super().__init__(f"connection lost: {code}")
        self.code = code


class Connection:
    """An open connection. `heard` is told of each event."""

    def __init__(self, socket, heard):
        self._socket = socket
        self._heard = heard
        self._unwrapping = Unwrapping()
        self._waiting = {}
        self._requests = 0
        self.limits = {"replay": 1_000, "heartbeatInterval": 30_000, "messageSize": 1_048_576}
        self._greeted = asyncio.Event()
        # How long to stay away, in seconds, where the service said so.
        self.told_to_leave = None
        self.is_open = True
        # The code of the last error that answered no request.
        self.error = None

    @classmethod
    async def open(cls, url, heard):
        """Connects. Raises OSError or HandshakeRefused."""
        return cls(await WebSocket.open(url), heard)

    async def heartbeat(self):
        """Waits until a ping is due. The greeting says how often, and may come late."""
        if not self._greeted.is_set():
            try:
                await asyncio.wait_for(self._greeted.wait(), self.limits["heartbeatInterval"] / 1_000)
            except asyncio.TimeoutError:
                return
        await asyncio.sleep(self.limits["heartbeatInterval"] / 1_000)

    async def run(self):
        """Takes what comes. Answers the close code, once the connection has ended."""
        code = 1006
        try:
            while self.told_to_leave is None:
                for message in self._unwrapping.messages(await self._socket.receive()):
                    self._take(message)
            code = 1012
        except Closed as closed:
            code = closed.code
        finally:
            self.is_open = False
            self._socket.close()
            for _, answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(Lost(code))
        return code

    def close(self):
        """Closes it."""
        self._socket.close()

    def _take(self, message):
        kind = message.get("type")
        if kind == "event":
            self._heard(message)
        elif kind == "connection":
            self.limits = {**self.limits, **message["limits"]}
            self._greeted.set()
        elif kind == "reconnect":
            self.told_to_leave = message["after"] / 1_000
        elif kind in ANSWERS or kind == "error":
            self._answered(kind, message)

    def _answered(self, kind, message):
        if message.get("requestId") not in self._waiting:
            if kind == "error":
                self.error = message["error"]["code"]
            return
        parts, answer = self._waiting[message["requestId"]]
        parts.append(message)
        if kind != "error" and message.get("final") is False:
            return
        if answer.done():
            return
        if kind == "error":
            answer.set_exception(Refused(message["error"]))
            return
        whole = dict(message)
        for part in parts[:-1]:
            for name, value in part.items():
                if isinstance(value, list):
                    whole[name] = value + (whole.get(name) or [])
                elif isinstance(value, dict):
                    whole[name] = {**value, **(whole.get(name) or {})}
        if "events" in whole:
            whole["events"] = [event for part in parts for event in part["events"]]
        answer.set_result(whole)

    async def request(self, message):
        """Asks. Answers what was answered. Raises Refused or Lost."""
        if not self.is_open or self.told_to_leave is not None:
            raise Lost(1006)
        self._requests += 1
        number = self._requests
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = ([], answer)
        try:
            for frame in frames_of({**message, "requestId": number}, f"m{number}"):
                self._socket.send(frame)
            return await asyncio.wait_for(answer, PATIENCE)
        except asyncio.TimeoutError as error:
            self.close()
            raise Lost(1006) from error
        finally:
            del self._waiting[number]
