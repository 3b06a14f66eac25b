"""Which channels a channel or a pattern stands for: the rules M-1 to M-5 and M-8 of the protocol."""

import re
from functools import lru_cache

CHARACTER = "[^:.]"
SEGMENT = f"{CHARACTER}+"
MANY = f"{SEGMENT}(?:[:.]{SEGMENT})*"


def is_channel(text):
    """Whether a text names one channel."""
    return not text.startswith("/") and "*" not in text and "?" not in text


def _segment(text):
    if text == "**":
        return MANY
    if text == "*":
        return SEGMENT
    wild = {"*": f"{CHARACTER}*", "?": CHARACTER}
    return "".join(wild.get(character) or re.escape(character) for character in text)


@lru_cache(maxsize=10_000)
def _expression(pattern):
    if pattern.startswith("/"):
        return re.compile(pattern[1:-1])
    pieces = re.split("([:.])", pattern)
    segments, separators = pieces[::2], pieces[1::2]
    source = _segment(segments[0])
    for place, separator in enumerate(separators, start=1):
        is_in_the_middle = segments[place] == "**" and place < len(separators)
        if is_in_the_middle and separators[place] == separator:
            # It may stand for nothing, and vanishes with the separator behind it.
            source += f"(?:{re.escape(separator)}{MANY})?"
        else:
            source += re.escape(separator) + _segment(segments[place])
    return re.compile(source)


def matches(text, channel):
    """Whether a channel or pattern stands for a channel. Not in linear time: trust your patterns."""
    if is_channel(text):
        return text == channel
    if channel.startswith("$") and not is_channel(re.split("[:.]", text)[0]):
        return False
    return _expression(text).fullmatch(channel) is not None
