-- Appends events to one history, each id at most once.
--
-- KEYS  1 counters (hash: epoch, offset, timestamp, trimmed, stored; fence, the highest that appended; fenced, the offset
--         up to which is known who did, but for the ranges of offsets in unknown; s:{shard}, what a shard's latest turn
--         appended: its fence, the offset before, the last; announced, the offset up to which back-ends heard it, and
--         announcer, the fence of who says so)
--       2 events (stream, entry id = offset-timestamp)
--       3 ids (hash: id -> offset:timestamp)
--       4 ids by age (list of time:id in the order of appends; the time is that of publishing, where it was said, else of
--         the append)
--       5 epochs (see foretell.lua)
--       where an event has a sequence, 6 numbers and 7 publishers (see numbered.lua)
-- ARGV  1 a name for the epochs, if they have none   2 retention (ms)   3 most events kept, 0 for none
--       4 ms by which something has to be published later for an id to be forgotten   5 the caller's clock (ms since 1970)
--       6 shard, or ''   7 lifetime of the ids (ms)
--       8 how many shares the epochs have   9 fence of the turn, 0 for none
--       10 fences of the shard of which nothing is known (from-to,from-to…)
--       11 1 if back-ends are to hear of the history, else 0   12 how many events there are
--       13 when the first of the turn's batch was published (ms since 1970), '' where nobody said
--       then six per event, of which a batch that comes in several steps has each id in one alone: id, category, priority, JSON of [id, user], data (first byte 0: as it is, 1: deflated), when it was
--       published (ms since 1970, '' where nobody said)
--       where an event has a sequence, the window, the most publishers, and the most of a user (see ports/sequence.ts); then
--       three for each that has one: which event it is, from 1; publisher; number
-- Returns the epoch, then per event: offset, timestamp, and 0 if this turn appended it, 1 if it was there already, 2 if it
--       was and nobody knows whether it was posted; of one that is known by its number alone 0, 0 and 1. Nothing but the higher fence where a later turn appended here.
--
-- A step whose answer was lost is sent again under its fence, and answers what it would have: what its turn appended was
-- not there already. Nor is known to have been posted what was appended without a fence, by an older version, or under
-- one that left no record. Both become the turn's own when they come, as if it had appended them; until then they are
-- nobody's, whatever comes before them.
--
-- An id is forgotten only when something is appended here of a batch all of which was published that much later. So a batch
-- that comes back after a long outage still finds every id it appended, however far apart they were published, and what
-- waited in a queue between two copies of a broadcast does not make the second look new. A batch of which nobody said the time
-- has ids forgotten by when these were appended, and none of its own.
--
-- What belongs together may not have stayed so: an eviction takes keys one by one, and the events may have been switched
-- off for a time. What is left of an earlier count is deleted, and what was lost is noted by the timestamp of its newest.
--
-- Of two clocks, this machine's and the caller's, one may have been set: the later one dates events, which must not fall
-- behind a time that was given out, and the earlier one decides what is old enough to be forgotten.

local DAY = 86400000
-- Ranges of what is nobody's: into how many they are split, and how many are kept. Of more, what lies between is nobody's too,
-- and may be posted twice.
local MOST_SPLIT, MOST_KEPT = 32, 16
local retention, most, remembered = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local clock = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local earliest, latest = math.min(clock, tonumber(ARGV[5])), math.max(clock, tonumber(ARGV[5]))
local text = function(number) return string.format('%.0f', number) end

local parts = function(entry) return string.match(entry and entry[1] or '', '^(%d+)-(%d+)$') end

local shard, fence = ARGV[6], tonumber(ARGV[9])
local counters = redis.call('HMGET', KEYS[1], 'epoch', 'offset', 'timestamp', 'fence', 'fenced', 'trimmed', 'stored',
  's:' .. shard, 'unknown', 'announced')
if fence > 0 and tonumber(counters[4] or 0) > fence then return { false, counters[4] } end
local epoch, offset, last = counters[1], tonumber(counters[2] or 0), tonumber(counters[3] or 0)
local trimmed, stored = tonumber(counters[6] or -1), tonumber(counters[7] or -1)
if not epoch then
  redis.call('SET', KEYS[5], ARGV[1], 'NX')
  local place, began
  epoch, place, began = foretell(KEYS[5], KEYS[1], ARGV[8])
  redis.call('SETRANGE', KEYS[5], place, string.char((began + 1) % 256))
end
local begun = offset

if offset == 0 or (most > 0 and stored ~= offset) then
  local at, since = parts(redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1])
  if offset == 0 and not at then
    local age, id = string.match(redis.call('LINDEX', KEYS[4], -1) or '', '^(%d+):(.*)$')
    since = id and string.match(redis.call('HGET', KEYS[3], id) or '', ':(%d+)$') or age
  end
  if offset == 0 or tonumber(at or 0) > offset then
    -- Of counters that are gone: under these nothing, or less, was appended.
    redis.call('UNLINK', KEYS[2], KEYS[3], KEYS[4])
    trimmed, last = math.max(trimmed, tonumber(since or -1)), math.max(last, tonumber(since or 0))
  elseif tonumber(at or 0) < offset then
    -- Counted and not stored.
    trimmed = math.max(trimmed, last)
  end
end
-- Ids without their ages would never be forgotten, and ages without their ids forget what comes again.
if offset > 0 and redis.call('EXISTS', KEYS[3], KEYS[4]) == 1 then redis.call('UNLINK', KEYS[3], KEYS[4]) end

-- Whatever is done to clocks, timestamps do not decrease.
local timestamp = math.max(latest, last)

-- What comes after `before`, up to `upTo`, is the turn's.
local before, upTo = offset, 0
local of, from, to = string.match(counters[8] or '', '^(%d+):(%d+):(%d+)$')
of, from, to = tonumber(of), tonumber(from), tonumber(to)
local isRepeated = fence > 0 and of == fence
if isRepeated then before, upTo = from, to end

-- What is nobody's, in the order of offsets.
local ranges = {}
local addRange = function(first, last) if first <= last then ranges[#ranges + 1] = { first, last } end end
if fence > 0 then
  for first, last in string.gmatch(counters[9] or '', '(%d+)%-(%d+)') do addRange(tonumber(first), tonumber(last)) end
  addRange(tonumber(counters[5] or 0) + 1, offset)
  if of and not isRepeated then
    for first, last in string.gmatch(ARGV[10], '(%d+)%-(%d+)') do
      if tonumber(first) <= of and of <= tonumber(last) then
        addRange(from + 1, to)
        break
      end
    end
  end
  table.sort(ranges, function(one, other) return one[1] < other[1] end)
  for i = #ranges, 2, -1 do
    if ranges[i][1] <= ranges[i - 1][2] + 1 then
      ranges[i - 1][2] = math.max(ranges[i - 1][2], ranges[i][2])
      table.remove(ranges, i)
    end
  end
end

-- Whether something was nobody's, which it is no more.
local take = function(at)
  for i, range in ipairs(ranges) do
    local first, last = range[1], range[2]
    if first <= at and at <= last then
      if first == last then table.remove(ranges, i)
      elseif at == first then range[1] = at + 1
      elseif at == last then range[2] = at - 1
      elseif #ranges < MOST_SPLIT then
        range[2] = at - 1
        table.insert(ranges, i + 1, { at + 1, last })
      end
      return true
    end
  end
  return false
end
local taken = isRepeated and 0 or 2

local answer, appended, seen = { epoch }, 0, {}
-- What was said to be more than a day ago was said by a clock that was never set.
local publishedAt = function(said)
  local at = tonumber(said)
  if at and at >= earliest - DAY then return at end
end
-- What forgets is of no later than now by either clock: one of them may be ahead for a while.
local oldest = publishedAt(ARGV[13])
if oldest then oldest = math.min(oldest, earliest) end
local behind = 14 + 6 * tonumber(ARGV[12])
local sequences, numbers = {}, nil
if KEYS[6] then
  local window, most, mostOfUser = unpack(ARGV, behind, behind + 2)
  numbers = numbered(KEYS[6], KEYS[7], tonumber(window), tonumber(most), tonumber(mostOfUser))
  for i = behind + 3, #ARGV, 3 do
    sequences[6 * tonumber(ARGV[i]) + 8] = { ARGV[i + 1], tonumber(ARGV[i + 2]) }
  end
end
for i = 14, behind - 1, 6 do
  local id, sequence, published = ARGV[i], sequences[i], publishedAt(ARGV[i + 5])
  if published then oldest = math.min(oldest or earliest, published) end
  local known = redis.call('HGET', KEYS[3], id)
  local isNumbered = sequence and not known and numbers.has(sequence[1], sequence[2])
  -- Of a publisher that is forgotten nothing is known but for what is appended now.
  if sequence and (not known or numbers.isRemembered(sequence[1])) then
    -- Whoever sends it again says when by the clock that said this. This machine's may be behind that.
    numbers.note(sequence[1], sequence[2], math.min(published or latest, latest))
  end
  if isNumbered then
    answer[#answer + 1], answer[#answer + 2], answer[#answer + 3] = 0, 0, 1
  elseif known then
    local at, since = string.match(known, '^(%d+):(%d+)$')
    local place = tonumber(at)
    local isOwn = not seen[id] and (take(place) or (isRepeated and place > from and place <= to))
    answer[#answer + 1], answer[#answer + 2], answer[#answer + 3] = at, since, isOwn and taken or 1
    if isOwn then before, upTo = math.min(before, place - 1), math.max(upTo, place) end
  else
    offset, appended = offset + 1, appended + 1
    local stamp = text(timestamp)
    if most > 0 then
      redis.call('XADD', KEYS[2], text(offset) .. '-' .. stamp,
        'c', ARGV[i + 1], 'p', ARGV[i + 2], 'h', ARGV[i + 3], 'd', ARGV[i + 4])
    end
    redis.call('HSET', KEYS[3], id, text(offset) .. ':' .. stamp)
    redis.call('RPUSH', KEYS[4], text(math.min(published or timestamp, timestamp)) .. ':' .. id)
    answer[#answer + 1], answer[#answer + 2], answer[#answer + 3] = offset, stamp, 0
  end
  seen[id] = true
end
if appended > 0 then upTo = offset end
-- From the first event on that is known here once back-ends are to hear of them.
if ARGV[11] == '1' and not counters[10] then
  local first = begun + 1
  for i = 2, #answer, 3 do
    local place = tonumber(answer[i])
    if place > 0 then first = math.min(first, place) end
  end
  redis.call('HSET', KEYS[1], 'announced', text(first - 1))
end
if fence > 0 and (appended > 0 or counters[1]) then
  redis.call('HSET', KEYS[1], 'fence', ARGV[9])
  if upTo > before then
    redis.call('HSET', KEYS[1], 's:' .. shard, ARGV[9] .. ':' .. text(before) .. ':' .. text(upTo),
      'fenced', text(offset))
    while #ranges > MOST_KEPT do ranges[1][2] = table.remove(ranges, 2)[2] end
    for i, range in ipairs(ranges) do ranges[i] = text(range[1]) .. '-' .. text(range[2]) end
    if #ranges > 0 then
      redis.call('HSET', KEYS[1], 'unknown', table.concat(ranges, ','))
    else
      redis.call('HDEL', KEYS[1], 'unknown')
    end
  end
end

-- What was promised under a longer retention stays promised: an expiry is only ever lengthened.
local longest = 2 * tonumber(ARGV[7])
local keepFor = function(key, lifetime)
  if redis.call('PEXPIRE', key, lifetime, 'GT') == 1 then return end
  -- For GT a key without an expiry never expires, which a new one is.
  if redis.call('PEXPIRE', key, lifetime, 'NX') == 0 then longest = math.max(longest, redis.call('PTTL', key)) end
end
if numbers then
  numbers.save()
  for i = 6, 7 do keepFor(KEYS[i], ARGV[7]) end
end
if appended == 0 then return answer end

-- Each append cuts at most twice what it adds, which is enough to keep up and bounds the step. What is cut is noted by
-- the timestamp of its newest, so that a reader can tell what it asked for from what was gone before it asked.
local keep = 0
for i = 1, 2 * appended do
  local at, since = parts(redis.call('XRANGE', KEYS[2], i == 1 and '-' or text(keep), '+', 'COUNT', 1)[1])
  at, since = tonumber(at), tonumber(since)
  -- All that was stored before is gone.
  if i == 1 and begun > 0 and at == begun + 1 then trimmed = math.max(trimmed, tonumber(counters[3] or 0)) end
  if not at or (at > offset - most and since >= earliest - retention) then break end
  keep = at + 1
  trimmed = math.max(trimmed, since)
end
if keep > 0 then redis.call('XTRIM', KEYS[2], 'MINID', text(keep)) end
if most > 0 then stored = offset end
redis.call('HSET', KEYS[1], 'epoch', epoch, 'offset', text(offset), 'timestamp', text(timestamp),
  'trimmed', text(trimmed), 'stored', text(stored))

for _ = 1, 2 * appended do
  local since, id = string.match(redis.call('LINDEX', KEYS[4], 0) or '', '^(%d+):(.*)$')
  if not since or seen[id] then break end
  if tonumber(since) > (oldest or 0) - remembered then
    -- It was appended no earlier than it was published.
    if oldest or tonumber(since) > earliest - remembered then break end
    local stamp = string.match(redis.call('HGET', KEYS[3], id) or '', ':(%d+)$')
    if stamp and tonumber(stamp) > earliest - remembered then break end
  end
  redis.call('LPOP', KEYS[4])
  redis.call('HDEL', KEYS[3], id)
end

keepFor(KEYS[2], retention)
for i = 3, 4 do keepFor(KEYS[i], ARGV[7]) end
-- The counters outlive events and ids, so that whoever returns later learns what was cut instead of finding offset 1.
keepFor(KEYS[1], longest)
return answer
