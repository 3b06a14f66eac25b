"""A client that misses nothing without saying so. It follows docs/guides/write-a-client.md, section by section."""

import asyncio
import random
import time as clock
from urllib.parse import urlencode

from .connection import Connection, Lost, Refused
from .frames import Room
from .patterns import is_channel, matches
from .sequence import Sequence
from .websocket import HandshakeRefused

GAP_PATIENCE = 0.1
SKEW = 2_000
MOST_NAMES = 500
PINGS_PER_CHECK = 10
# Seconds after which a connection that ends was a good one.
LASTED = 5
NEVER_AGAIN = {1002, 1003, 1007, 1010}
AT_ONCE = {1000, 1001, 1005, 1012}
TOO_LARGE = 1009
# Seconds for which the service remembers ids.
REMEMBERED = 300


class SubscriptionsLost(Exception):
    """The service lost subscriptions, or they changed while it was asked: its answer says nothing."""


class Subscription:
    """A channel or pattern that is subscribed to."""

    def __init__(self, text):
        self.text = text
        # When it was first acknowledged, by the history's clock.
        self.time = None
        # Everything before was heard.
        self.complete = None
        # The connection on which it is held.
        self.held_by = None


class Channel:
    """The two sequences of a channel."""

    def __init__(self, name, report):
        def hand_out(event):
            report.event(event)

        self.own = Sequence(hand_out, lambda: report.gap(name, False))
        self.private = Sequence(hand_out, lambda: report.gap(name, True))
        # Where the last `subscribed` said that it stands.
        self.stood = None

    def sequence_of(self, event):
        """The sequence that an event is of."""
        return self.private if event.get("private") else self.own

    def position(self, as_far_back=False):
        """From where to ask; None without the channel's own epoch."""
        if self.own.epoch is None:
            return None
        position = self.own.position(as_far_back)
        if self.private.epoch is not None:
            position["private"] = self.private.position(as_far_back)
        return position

    def place(self):
        """Where the client stands; None without the channel's own epoch."""
        if self.own.epoch is None:
            return None
        place = {"offset": self.own.last, "epoch": self.own.epoch}
        if self.private.epoch is not None:
            place["private"] = {"offset": self.private.last, "epoch": self.private.epoch}
        return place


class Client:
    """Stays connected, and reports what it hears to `report`."""

    def __init__(self, url, user, report, first_pause=1.0, most_pause=30.0):
        query = urlencode({"user": user, "capabilities": "batch,chunk,compression"})
        self._url = f"{url}?{query}"
        self._report = report
        self._pauses = (first_pause, most_pause)
        self._subscriptions = {}
        # Heard of last at the end.
        self._channels = {}
        # Channels to ask about, and whether to ask as far back as is remembered.
        self._needs = {}
        self._must_check = False
        self._connection = None
        # Counts what changes what is subscribed to.
        self._changes = 0
        self._under_way = 0
        self._wake = asyncio.Event()
        self._outbox = []
        self._sending = asyncio.Event()
        self._failures = 0
        self._pinged = 0
        self._is_over = False
        self._tasks = [asyncio.create_task(self._stay_connected()), asyncio.create_task(self._send())]

    # What is asked of it

    def subscribe(self, text):
        """Subscribes, now or once there is a connection."""
        held = self._subscriptions.get(text)
        if held is not None and held.time is not None:
            self._report.subscribed(text)
        elif held is None:
            self._subscriptions[text] = Subscription(text)
            self._wake.set()

    async def unsubscribe(self, text):
        """Ends a subscription."""
        if self._subscriptions.pop(text, None) is not None:
            self._forget_unheard()
            self._changes += 1
            self._under_way += 1
            connection = self._connection
            try:
                if connection is not None:
                    await connection.request({"type": "unsubscribe", **named([text])})
            except (Lost, Refused):
                # What is not held is passed over; a new connection does not take it out again.
                pass
            finally:
                self._under_way -= 1
                self._changes += 1
        self._report.unsubscribed(text)

    def broadcast(self, channel, name, data):
        """Publishes, now or once there is a connection."""
        self._outbox.append({"type": "broadcast", "channel": channel, "id": name, "data": data})
        self._sending.set()

    async def close(self):
        """Ends it."""
        self._is_over = True
        if self._connection is not None:
            self._connection.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Connections

    async def _stay_connected(self):
        wait = 0
        while not self._is_over:
            await asyncio.sleep(wait)
            try:
                connection = await Connection.open(self._url, self._heard)
            except (OSError, HandshakeRefused):
                wait = self._pause()
                continue
            began = clock.monotonic()
            code = await self._serve(connection)
            self._report.state("waiting")
            lasted = clock.monotonic() - began >= LASTED
            if lasted:
                self._failures = 0
            if code in NEVER_AGAIN or connection.error == "SESSION_REVOKED":
                self._report.state("ended")
                return
            if connection.told_to_leave is not None:
                wait = connection.told_to_leave
            else:
                wait = 0 if lasted and code in AT_ONCE else self._pause()

    def _pause(self):
        first, most = self._pauses
        bound = min(most, first * 2 ** min(self._failures, 20))
        self._failures += 1
        return random.uniform(0, bound)

    async def _serve(self, connection):
        self._connection = connection
        self._must_check = any(each.time is not None for each in self._subscriptions.values())
        reading = asyncio.create_task(connection.run())
        asking = asyncio.create_task(self._ask(connection))
        pinging = asyncio.create_task(self._ping(connection))
        self._wake.set()
        self._sending.set()
        try:
            return await reading
        finally:
            self._connection = None
            connection.close()
            for task in (reading, asking, pinging):
                task.cancel()
            await asyncio.gather(reading, asking, pinging, return_exceptions=True)

    async def _ping(self, connection):
        while connection.is_open:
            await connection.heartbeat()
            changes = self._changes
            positions = self._some_positions()
            try:
                pong = await connection.request({"type": "ping", "positions": positions})
            except (Lost, Refused):
                continue
            if self._has_lost(connection, pong, changes):
                self._subscribe_again()
                continue
            for name in pong.get("behind", []):
                if name in self._channels:
                    self._need(name)
            self._pinged += 1
            if self._pinged % PINGS_PER_CHECK == 0:
                self._must_check = True
                self._wake.set()

    def _some_positions(self):
        """Where the client stands, in as many channels as one ping may name; in others with the next."""
        positions = {}
        room = Room({"type": "ping", "positions": {}})
        for name in list(self._channels):
            place = self._channels[name].place()
            if place is None:
                continue
            if len(positions) == MOST_NAMES or not room.takes(name, place):
                break
            positions[name] = place
        if len(positions) < len(self._channels):
            for name in positions:
                self._channels[name] = self._channels.pop(name)
        return positions

    # Subscriptions

    def _has_lost(self, connection, answer, changes):
        """Whether the service holds fewer subscriptions than it acknowledged."""
        if changes != self._changes or self._under_way > 0:
            return False
        held = sum(1 for each in self._subscriptions.values() if each.held_by is connection)
        return answer.get("unsubscribed") is True and held > 0 or answer.get("subscriptions", held) < held

    def _subscribe_again(self):
        for each in self._subscriptions.values():
            each.held_by = None
        self._changes += 1
        self._must_check = True
        self._wake.set()

    async def _take_out(self, connection):
        """Subscribes to what this connection does not hold yet."""
        missing = [each for each in self._subscriptions.values() if each.held_by is not connection]
        while missing:
            room = Room({"type": "subscribe", "channels": [], "patterns": []})
            some = []
            while missing and len(some) < MOST_NAMES and room.takes(missing[0].text):
                some.append(missing.pop(0))
            try:
                await self._subscribe(connection, some)
            except Refused as refused:
                if refused.is_temporary:
                    raise
                for each in some:
                    await self._subscribe_alone(connection, each)

    async def _subscribe_alone(self, connection, subscription):
        try:
            await self._subscribe(connection, [subscription])
        except Refused as refused:
            if refused.is_temporary:
                raise
            self._subscriptions.pop(subscription.text, None)
            self._report.error(refused.code, text=subscription.text)

    async def _subscribe(self, connection, some):
        self._changes += 1
        self._under_way += 1
        try:
            answer = await connection.request({"type": "subscribe", **named([each.text for each in some])})
        finally:
            self._changes += 1
            self._under_way -= 1
        for each in some:
            if self._subscriptions.get(each.text) is not each:
                continue
            each.held_by = connection
            self._begin(each.text, answer)
        for each in some:
            if self._subscriptions.get(each.text) is each and each.time is None:
                each.time = each.complete = answer["time"]
                self._report.subscribed(each.text)
        for name in list(self._channels):
            # What came before the subscription was acknowledged.
            if any(sequence.waiting for sequence in (self._channels[name].own, self._channels[name].private)):
                self._need(name)

    def _begin(self, text, answer):
        stands = answer["positions"].get(text)
        if stands is None:
            return
        is_new = all(each.time is None for each in self._subscriptions.values() if matches(each.text, text))
        channel = self._channel(text)
        channel.stood = stands
        if not is_new or channel.own.placed:
            return
        channel.own.place(stands["epoch"], stands["offset"])
        mine = stands.get("private")
        channel.private.place(mine["epoch"] if mine else None, mine["offset"] if mine else 0)

    # Events

    def _channel(self, name):
        if name not in self._channels:
            self._channels[name] = Channel(name, self._report)
        return self._channels[name]

    def _floor(self, name):
        """From when on a channel is heard; None where nothing hears it yet, or any more."""
        times = [each.time for each in self._subscriptions.values() if each.time is not None and matches(each.text, name)]
        return min(times, default=None)

    def _is_heard(self, name):
        return any(matches(text, name) for text in self._subscriptions)

    def _forget_unheard(self):
        for name in [name for name in self._channels if not self._is_heard(name)]:
            del self._channels[name]
            self._needs.pop(name, None)

    def _heard(self, event):
        name = event["channel"]
        if not self._is_heard(name):
            return
        channel = self._channel(name)
        sequence = channel.sequence_of(event)
        floor = self._floor(name)
        if floor is None:
            # The answer to `subscribe` is still to come.
            sequence.waiting[event["epoch"], event["offset"]] = event
            return
        self._channels[name] = self._channels.pop(name)
        if sequence.take(event, floor):
            is_odd = sequence.placed and (event["epoch"] != sequence.epoch or event["offset"] <= sequence.last)
            self._need(name, is_odd)

    # Questions

    def _need(self, name, as_far_back=False):
        self._needs[name] = self._needs.get(name, False) or as_far_back
        self._wake.set()

    async def _ask(self, connection):
        while connection.is_open:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._take_out(connection)
                if self._must_check:
                    await self._check(connection)
                if self._needs:
                    await asyncio.sleep(GAP_PATIENCE)
                    await self._close_gaps(connection)
                if not self._needs and not self._must_check:
                    self._report.state("connected")
            except Lost:
                return
            except SubscriptionsLost:
                self._wake.set()
            except Refused as refused:
                await self._rest(refused)
                self._wake.set()
            if self._needs or self._must_check:
                self._wake.set()

    async def _pages(self, connection, question):
        """All of an answer: its events, what is lost, where that stands, the time of its first page, and whether it is whole."""
        if any(each.held_by is not connection for each in self._subscriptions.values() if each.time is not None):
            # They were lost just now: what is asked before they are held again has nothing of them.
            raise SubscriptionsLost()
        changes = self._changes
        limit = min(1_000, connection.limits["replay"])
        page = await connection.request({**question, "limit": limit})
        time = page["time"]
        events, lost, lost_private, positions, recovered, unnamed = [], set(), set(), {}, True, False
        while True:
            if self._has_lost(connection, page, changes):
                self._subscribe_again()
                raise SubscriptionsLost()
            if changes != self._changes:
                raise SubscriptionsLost()
            events += page["events"]
            lost.update(page.get("lost") or [])
            lost_private.update(page.get("lostPrivate") or [])
            positions.update(page.get("positions") or {})
            recovered = recovered and page["recovered"]
            unnamed = unnamed or page.get("unnamed", False)
            if page["next"] is None:
                is_sure = recovered or not unnamed and bool(lost or lost_private)
                return events, (lost, lost_private), positions, time, is_sure
            page = await self._next_page(connection, {"type": "replay", "cursor": page["next"], "limit": limit})

    async def _next_page(self, connection, question):
        """The page behind a cursor, also if it is refused for a time. Who began anew then might never come to the end."""
        while True:
            try:
                return await connection.request(question)
            except Refused as refused:
                if not refused.is_temporary:
                    raise
                await self._rest(refused)

    async def _rest(self, refused):
        await asyncio.sleep(max(refused.retry_after, random.uniform(0, self._pauses[0])))

    async def _check(self, connection):
        """Asks for everything."""
        held = [each for each in self._subscriptions.values() if each.held_by is connection and each.time is not None]
        self._must_check = False
        if not held:
            return
        positions, asked = {}, {}
        since = max(0, min(each.complete for each in held) - SKEW)
        question = {"type": "replay", "since": since}
        room = Room({**question, "limit": 10**9, "positions": {}})
        for name in reversed(list(self._channels)):
            position = self._channels[name].position()
            if position is None:
                continue
            if len(positions) == MOST_NAMES or not room.takes(name, position):
                break
            positions[name] = position
        for name, channel in self._channels.items():
            asked[name] = asked_of(channel, positions.get(name))
        try:
            events, lost, stood, time, is_sure = await self._pages(connection, {**question, "positions": positions})
        except Refused as refused:
            if refused.code == "NOT_AVAILABLE":
                self._go_without(is_back=True)
                return
            self._must_check = True
            raise
        except (SubscriptionsLost, Lost):
            self._must_check = True
            raise
        by_channel = grouped(events)
        for name in {*by_channel, *lost[0], *lost[1], *stood, *positions}:
            if self._is_heard(name):
                self._settle(name, by_channel.get(name, []), asked.get(name), name in positions, lost, stood.get(name), False)
        if not is_sure:
            self._report.gap(None, False)
        for each in held:
            each.complete = max(each.complete, time)

    async def _close_gaps(self, connection):
        names, positions, back, since = [], {}, {}, None
        room = Room({"type": "replay", "since": 10**15, "limit": 10**9, "channels": [], "positions": {}})
        for name, as_far_back in list(self._needs.items()):
            floor = self._floor(name)
            if floor is None:
                del self._needs[name]
                continue
            position = self._channel(name).position(as_far_back)
            if len(names) == MOST_NAMES or not room.takes(name, name, position):
                break
            names.append(name)
            back[name] = as_far_back
            if position is not None:
                positions[name] = position
            else:
                since = floor if since is None else min(since, floor)
        if not names:
            return
        for name in names:
            del self._needs[name]
        asked = {name: asked_of(self._channel(name), positions.get(name)) for name in names}
        question = {"type": "replay", "channels": names, "positions": positions}
        try:
            events, lost, stood, _, _ = await self._pages(connection, question if since is None else {**question, "since": since})
        except Refused as refused:
            if refused.code == "NOT_AVAILABLE":
                self._go_without(is_back=False)
                return
            self._needs = {**back, **self._needs}
            raise
        except (SubscriptionsLost, Lost):
            self._needs = {**back, **self._needs}
            raise
        by_channel = grouped(events)
        for name in names:
            if self._is_heard(name):
                self._settle(name, by_channel.get(name, []), asked[name], name in positions, lost, stood.get(name), True)

    def _settle(self, name, events, asked, is_by_position, lost, stood, is_about_it):
        """Goes through the part of an answer that is about a channel."""
        channel = self._channel(name)
        floor = self._floor(name)
        if floor is None:
            return
        asked = asked or asked_of(channel, None)
        is_whole = is_by_position or is_about_it
        if not is_whole and (name in lost[0] or name in lost[1]):
            # What is gone may be nothing that is missed: that is asked by the place.
            self._need(name)
            return
        mine = stood.get("private") if stood else None
        own_stood = {"offset": stood["offset"], "epoch": stood["epoch"]} if stood and name in lost[0] else None
        own = [event for event in events if not event.get("private")]
        private = [event for event in events if event.get("private")]
        if channel.own.must_look_back(own, asked["own"]) or channel.private.must_look_back(private, asked["private"]):
            self._need(name, as_far_back=True)
            return
        again = channel.own.settle(own, asked["own"], own_stood, name in lost[0], floor, is_whole)
        mine = mine if name in lost[1] else None
        again = channel.private.settle(private, asked["private"], mine, name in lost[1], floor, is_whole) or again
        if is_by_position and not private and not channel.private.placed:
            # The answer would have had them from their beginning.
            channel.private.place(None, 0)
        if again:
            self._need(name)

    def _go_without(self, is_back):
        """Goes on where the service does not replay."""
        for channel in self._channels.values():
            channel.own.go_without(channel.stood)
            channel.private.go_without(channel.stood.get("private") if channel.stood else None)
            channel.stood = None
        if is_back and any(not is_channel(text) for text in self._subscriptions):
            self._report.gap(None, False)

    # Broadcasts

    async def _send(self):
        while not self._is_over:
            await self._sending.wait()
            if not self._outbox or self._connection is None:
                self._sending.clear()
                continue
            message, connection = self._outbox[0], self._connection
            message.setdefault("first", clock.monotonic())
            if clock.monotonic() - message["first"] > REMEMBERED:
                self._outbox.pop(0)
                self._report.error("OUTCOME_UNKNOWN", id=message["id"])
                continue
            try:
                await connection.request({name: value for name, value in message.items() if name != "first"})
            except Lost as lost:
                if lost.code == TOO_LARGE:
                    self._outbox.pop(0)
                    self._report.error("MESSAGE_TOO_LARGE", id=message["id"])
                elif self._connection in (connection, None):
                    # The next connection wakes this again.
                    self._sending.clear()
            except Refused as refused:
                if refused.is_temporary:
                    await self._rest(refused)
                    continue
                self._outbox.pop(0)
                self._report.error(refused.code, id=message["id"])
            else:
                self._outbox.pop(0)
                self._report.acked(message["id"])


def named(texts):
    """Texts as a request names them."""
    return {
        "channels": [text for text in texts if is_channel(text)],
        "patterns": [text for text in texts if not is_channel(text)],
    }


def grouped(events):
    """Events by channel."""
    by_channel = {}
    for event in events:
        by_channel.setdefault(event["channel"], []).append(event)
    return by_channel


def asked_of(channel, position):
    """What is remembered of a question about a channel while it is under way."""
    return {"own": channel.own.ask(position), "private": channel.private.ask(position and position.get("private"))}
