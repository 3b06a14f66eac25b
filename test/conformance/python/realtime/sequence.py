"""One sequence of events: those of a channel, or the private ones there."""

from collections import OrderedDict

REMEMBERED = 64
IDS = 1_000


def identity(event):
    """What an event is known by, also under another offset."""
    return event.get("userId"), event["id"]


class Sequence:
    """Where a client stands in one sequence. It is told of events, and hands out those whose turn it is."""

    def __init__(self, hand_out, declare):
        self._hand_out = hand_out
        self._declare = declare
        self.placed = False
        # None while it begins in whatever epoch comes.
        self.epoch = None
        self.last = 0
        # Offset to id and timestamp.
        self._remembered = OrderedDict()
        self._heard = OrderedDict()
        # Epoch and offset to events that came too early.
        self.waiting = {}

    def place(self, epoch, offset):
        """Begins behind an offset."""
        self.placed, self.epoch, self.last = True, epoch, offset
        self._remembered.clear()

    def position(self, as_far_back=False):
        """From where to ask: one event before the last, if that is remembered, or from before all that is."""
        known = list(self._remembered)
        back = known[0] if as_far_back and known else self.last
        offset = back - 1 if back in self._remembered else self.last
        return {"offset": offset, "epoch": self.epoch}

    def _is_known(self, event):
        known = self._remembered.get(event["offset"])
        return known is None or known == (event["id"], event["timestamp"])

    def take(self, event, floor):
        """Takes a live event. Answers whether the service must be asked."""
        if not self.placed and (event["timestamp"] < floor or event["offset"] == 1):
            self.place(event["epoch"], event["offset"] if event["timestamp"] < floor else 0)
        if self.placed and self.epoch in (None, event["epoch"]):
            if event["offset"] == self.last + 1 and identity(event) not in self._heard:
                self._next(event)
                self._go_on()
                return bool(self.waiting)
            if event["offset"] <= self.last and self._is_known(event):
                return False
        self.waiting[event["epoch"], event["offset"]] = event
        return True

    def _next(self, event):
        self.epoch, self.last = event["epoch"], event["offset"]
        self._remembered[event["offset"]] = (event["id"], event["timestamp"])
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        if identity(event) in self._heard:
            return
        self._heard[identity(event)] = True
        if len(self._heard) > IDS:
            self._heard.popitem(last=False)
        self._hand_out(event)

    def _go_on(self):
        while (event := self.waiting.pop((self.epoch, self.last + 1), None)) is not None:
            self._next(event)

    def settle(self, events, asked, stands=None, is_lost=False, floor=0, is_whole=True):
        """
        Goes through an answer.

        asked: what `ask` gave when the question was sent. stands: where the service says that the sequence stands.
        is_whole: whether the answer has all that was ever wanted of this sequence.
        Answers whether the service must be asked again.
        """
        events = sorted(events, key=lambda event: event["offset"])
        epoch = stands["epoch"] if stands else events[-1]["epoch"] if events else self.epoch
        events = [event for event in events if event["epoch"] == epoch]
        if not self.placed and not self._begin(events, stands, is_lost, floor, epoch):
            # What waited and is not there is gone with its history.
            for key in asked["waiting"]:
                self.waiting.pop(key, None)
            return bool(self.waiting)
        if self.epoch is not None and epoch != self.epoch:
            self._declare()
            self.place(epoch, 0)
        elif self.epoch is not None:
            self._look_whether_set_back(events, asked, stands, is_lost)
        # What waited in another epoch when the question was sent is of a history that is lost.
        for key in [key for key in self.waiting if key in asked["waiting"] and key[0] != epoch]:
            del self.waiting[key]
        came = {event["offset"]: event for event in events}
        waited = {offset: event for (of, offset), event in self.waiting.items() if of == epoch}
        if not is_whole and came and min(came) > self.last + 1 and self.last + 1 not in waited:
            self.waiting.update({(epoch, offset): event for offset, event in came.items()})
            return True
        known_to = max([self.last, *came, stands["offset"] if stands else 0])
        for offset, event in sorted({**waited, **came}.items()):
            self.waiting.pop((epoch, offset), None)
            if offset <= self.last:
                continue
            if offset > self.last + 1:
                if offset > known_to and (epoch, offset) not in asked["waiting"]:
                    # It is younger than the answer.
                    self.waiting[epoch, offset] = event
                    continue
                self._declare()
                self.last = offset - 1
            self._next(event)
        if stands and self.epoch == stands["epoch"] and self.last < stands["offset"]:
            self._declare()
            self.place(stands["epoch"], stands["offset"])
            self._go_on()
        elif is_lost and not stands and not came and self.last == asked["last"]:
            # Nobody says how far what is gone reaches.
            self._declare()
        return bool(self.waiting)

    def must_look_back(self, events, asked):
        """Whether the history was set back to before what the question was about, and more is remembered."""
        if asked["from"] is None or not self._remembered or asked["from"] < next(iter(self._remembered)):
            return False
        first = min(events, key=lambda event: event["offset"], default=None)
        if first is None:
            return False
        is_there = first["offset"] <= self.last and first["epoch"] == self.epoch
        return is_there and not self._is_known(first) and first["offset"] == asked["from"] + 1

    def _begin(self, events, stands, is_lost, floor, epoch):
        """Finds a place for a sequence without one. Answers whether it has one now."""
        before = [event for event in events if event["timestamp"] < floor]
        if is_lost:
            self._declare()
        if before:
            self.place(epoch, before[-1]["offset"])
        elif events:
            self.place(epoch, events[0]["offset"] - 1)
        elif stands:
            self.place(epoch, stands["offset"])
        return self.placed

    def _look_whether_set_back(self, events, asked, stands, is_lost):
        other = [event["offset"] for event in events if event["offset"] <= self.last and not self._is_known(event)]
        to = other[0] - 1 if other else self.last
        if stands and stands["offset"] < asked["last"]:
            to = min(to, stands["offset"])
        is_there = any(event["offset"] == asked["last"] for event in events)
        if asked["from"] is not None and asked["from"] < asked["last"] and not is_there and not is_lost:
            to = min(to, asked["last"] - 1)
        if to < self.last:
            self._declare()
            kept = {offset: known for offset, known in self._remembered.items() if offset <= to}
            self.place(self.epoch, to)
            self._remembered.update(kept)

    def ask(self, position=None):
        """What there is to remember of a question while it is under way."""
        return {"waiting": set(self.waiting), "last": self.last, "from": position and position["offset"]}

    def go_without(self, stands=None):
        """Goes on with what there is, where the service replays nothing."""
        for epoch, offset in sorted(self.waiting, key=lambda key: key[1]):
            event = self.waiting[epoch, offset]
            if self.placed and (self.epoch not in (None, epoch) or offset > self.last + 1):
                self._declare()
            if not self.placed or self.epoch != epoch or offset > self.last:
                self.place(epoch, offset - 1)
                self._next(event)
        self.waiting.clear()
        if stands and self.placed and (stands["epoch"] != self.epoch or stands["offset"] > self.last):
            self._declare()
            self.place(stands["epoch"], stands["offset"])
