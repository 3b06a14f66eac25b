-- Reads events of some histories that lie in one slot, those of each oldest first; newest first where it reads backwards.
--
-- KEYS  1 epochs (see foretell.lua), then of each history
--       counters (hash: epoch, offset, timestamp, trimmed, stored)   events (stream, entry id = offset-timestamp)
-- ARGV  1 most entries looked at, of each   2 how many shares the epochs have   3 a name for the epochs, if they have none
--       4 how many categories, then these; then how many priorities, then these (none: any will do)
--       then of each history
--         'after', 'since', 'before' or 'latest'   offset, timestamp (ms) or ''   epoch of the offset, or ''   most events
--         (backwards: offset and epoch, or '' and '' for the end)
--         most bytes of data: at one event at the least it ends; of one that has more by itself the data is left out
--         what stands elsewhere, for several histories share it, counts as what will be read there
-- Returns of each history
--       epoch (where there is no history, '' or the one it will begin with), offset of the newest event, 1 if something asked for is missing else 0,
--       offset up to which everything was looked at (backwards: offset before which nothing is kept, and offset from which on
--       everything was looked at), then per event: entry id, category, priority, head, data,
--       bytes of the data.

local text = function(number) return string.format('%.0f', number) end
local parts = function(entry) return string.match(entry[1], '^(%d+)-(%d+)$') end

local position = 4
local wanted = function()
  local count = tonumber(ARGV[position])
  local set = count > 0 and {} or nil
  for i = 1, count do set[ARGV[position + i]] = true end
  position = position + count + 1
  return set
end
local categories, priorities = wanted(), wanted()

local read = function(countersKey, eventsKey, mode, from, asked, most, bytes)
  local counters = redis.call('HMGET', countersKey, 'epoch', 'offset', 'timestamp', 'trimmed', 'stored')
  local epoch, newest = counters[1] or '', tonumber(counters[2] or 0)
  -- A history that does not exist stands where it will begin. Whoever stands there too has missed nothing.
  if epoch == '' and (mode == 'after' or (mode == 'before' and from ~= '')) then
    redis.call('SET', KEYS[1], ARGV[3], 'NX')
    epoch = foretell(KEYS[1], countersKey, ARGV[2])
  end
  local scan = tonumber(ARGV[1])

  -- Offsets are gapless, so the entry at or after an offset is the offset itself, or the first that is kept. Only while events
  -- are not kept are offsets passed over: what is not stored between two that are, or behind all of them, is missing.
  local first, firstAt = newest + 1, nil
  local head = redis.call('XRANGE', eventsKey, '-', '+', 'COUNT', 1)[1]
  -- Events that nobody counts were counted by counters that are gone: they are of no known epoch.
  local areForeign = head and tonumber((parts(head))) > newest
  if areForeign then head = nil end
  if head then
    local at, since = parts(head)
    first, firstAt = tonumber(at), tonumber(since)
  end

  local isBack = mode == 'before'
  local start, missing = first, 0
  local last = isBack and first or newest
  if isBack then
    start = from == '' and newest + 1 or tonumber(from)
    if (from ~= '' and asked ~= epoch) or start > newest + 1 then
      -- As below, and what else is there is no part of what was before it.
      start, last, missing = newest + 1, newest + 1, 1
    end
  elseif mode == 'latest' then
    start = math.max(first, newest)
  elseif mode == 'after' then
    local after = tonumber(from)
    if asked ~= epoch or after > newest then
      -- Another epoch, or a history that was set back: where the reader stood means nothing here.
      missing = 1
      if asked == epoch then start = newest + 1 end
    else
      start = after + 1
      if start < first then start, missing = first, 1 end
    end
  else
    local since = tonumber(from)
    local cut = head and tonumber(counters[4] or -1) or tonumber(newest > 0 and counters[3] or -1)
    if cut >= since or areForeign then missing = 1 end
    -- The first entry not older than `since`: timestamps never decrease with the offset.
    local low, high = first, newest + 1
    if firstAt and firstAt >= since then high = first end
    local isAsked = function(offset)
      local entry = redis.call('XRANGE', eventsKey, text(offset), '+', 'COUNT', 1)[1]
      if not entry then return tonumber(counters[3]) >= since end
      local _, at = parts(entry)
      return tonumber(at) >= since
    end
    -- It is mostly near the end, so first back from there in doubling strides: what is stored before costs nothing.
    local probe, stride = newest, 1
    while probe > low and low < high do
      if not isAsked(probe) then
        low = probe + 1
        break
      end
      high, probe, stride = probe, probe - stride, 2 * stride
    end
    while low < high do
      local middle = math.floor((low + high) / 2)
      if isAsked(middle) then high = middle else low = middle + 1 end
    end
    start = low
  end

  local answer, found = { epoch, text(last), missing, '' }, 0
  local looked = isBack and start or start - 1
  -- Before the first that is not older than a time there may be some that were not stored: how old they are is noted, but
  -- by functions of an earlier version.
  local isNoted = mode == 'since' and counters[5]
  -- Entries may be large, and how large is known only once they are read: few at first, then as many as those seen let expect
  -- to come to little; never many, for behind a thousand small ones there may be large ones.
  local PAGE_BYTES, PAGE_ENTRIES, STEP_SCAN_BYTES = 262144, 16, 1048576
  local REFERENCE = string.char(1, 7)
  local count, largest, isFull = 1, 1, false
  local left, unlooked = bytes, STEP_SCAN_BYTES / ((#KEYS - 1) / 2)
  local isLeft = function() if isBack then return looked > last else return looked < last end end
  while found < most and scan > 0 and unlooked > 0 and isLeft() and not isFull do
    local few, page = math.min(most - found, scan, count), nil
    if isBack then
      page = redis.call('XREVRANGE', eventsKey, text(looked - 1), '-', 'COUNT', few)
    else
      page = looked + 1 == first and { head } or redis.call('XRANGE', eventsKey, text(looked + 1), '+', 'COUNT', few)
    end
    if #page == 0 then
      looked = newest
      if mode ~= 'latest' then missing = 1 end
      break
    end
    for _, entry in ipairs(page) do
      local f = entry[2]
      local category, priority, here = f[2], f[4], #f[8]
      local size = string.sub(f[8], 1, 2) == REFERENCE and tonumber(string.match(f[8], ':(%d+)$')) or here
      largest, unlooked = math.max(largest, here), unlooked - here
      local isWanted = (not categories or categories[category]) and (not priorities or priorities[priority])
      local isApart = size > bytes
      if isWanted and not isApart and size > left and found > 0 then
        isFull = true
        break
      end
      if isWanted then
        found = found + 1
        answer[#answer + 1] = entry[1]
        answer[#answer + 1] = category
        answer[#answer + 1] = priority
        answer[#answer + 1] = f[6]
        answer[#answer + 1] = isApart and '' or f[8]
        answer[#answer + 1] = size
        if not isApart then left = left - size end
      end
      local at = tonumber((parts(entry)))
      if isBack then
        if at < looked - 1 then missing = 1 end
      elseif at > looked + 1 and mode ~= 'latest' and not (isNoted and looked == start - 1) then
        missing = 1
      end
      looked = at
    end
    scan = scan - #page
    count = math.max(1, math.min(2 * count, PAGE_ENTRIES, math.floor(PAGE_BYTES / largest)))
  end
  -- What was before the first that is kept was asked for as well.
  if isBack and not isLeft() and (looked > 1 or areForeign) then missing = 1 end
  answer[3], answer[4] = missing, text(looked)
  return answer
end

local answers = {}
for at = 2, #KEYS, 2 do
  local mode, from, asked, most, bytes = unpack(ARGV, position, position + 4)
  answers[#answers + 1] = read(KEYS[at], KEYS[at + 1], mode, from, asked, tonumber(most), tonumber(bytes))
  position = position + 5
end
return answers
