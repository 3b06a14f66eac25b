"""Drives the client over standard input and output, as docs/guides/write-a-client.md describes."""

import asyncio
import json
import sys

from realtime.client import Client


class Report:
    """Says what a client comes to know, until it is closed."""

    def __init__(self):
        self._is_over = False

    def _say(self, kind, **what):
        if not self._is_over:
            print(json.dumps({"report": kind, **what}), flush=True)

    def event(self, event):
        names = ("channel", "offset", "epoch", "id", "private", "omitted", "data")
        self._say("event", **{name: event[name] for name in names if name in event})

    def gap(self, channel, private):
        self._say("gap", channel=channel, private=private)

    def subscribed(self, text):
        self._say("subscribed", text=text)

    def unsubscribed(self, text):
        self._say("unsubscribed", text=text)

    def acked(self, name):
        self._say("acked", id=name)

    def error(self, code, **about):
        self._say("error", code=code, **about)

    def state(self, state):
        self._say("state", state=state)

    def closed(self):
        self._say("closed")
        self._is_over = True


async def commands():
    """The commands, as they come."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        yield json.loads(line)


async def drive():
    client, report = None, None
    under_way = set()
    async for told in commands():
        command = told["command"]
        if command == "connect":
            report = Report()
            client = Client(told["url"], told["user"], report, first_pause=0.05, most_pause=0.5)
        elif command == "subscribe":
            client.subscribe(told["text"])
        elif command == "unsubscribe":
            task = asyncio.create_task(client.unsubscribe(told["text"]))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        elif command == "broadcast":
            client.broadcast(told["channel"], told["id"], told["data"])
        elif command == "close":
            await client.close()
            report.closed()


asyncio.run(drive())
