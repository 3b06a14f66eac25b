-- What stands before append.lua: which numbers of its publishers a history took.
--
-- numbers (hash): publisher -> from:highest:window:used:times (see ports/sequence.ts; each time is eight hexadecimal digits); user -> how many publishers of the user
--   there are; '' -> when the latest write of any publisher was published that was forgotten for another's; user, line break -> the
--   same of those that were forgotten for another of that user, as long as the user has any
-- publishers (sorted set): publisher, by when its latest write was published
--
-- A publisher is the name of its user, a line break, and its own. No user has a line break.

-- Knowledge of numbers in one history, which is written once for however many of a publisher.
local numbered = function(numbersKey, publishersKey, window, most, mostOfUser)
  local text = function(number) return string.format('%.0f', number) end
  local known = {}
  -- Of a number: seconds, rounded up, in as many digits each.
  local DIGITS = 8
  local timeOf = function(used) return string.format('%08x', math.ceil(used / 1000)) end
  local none = string.rep('0', DIGITS)

  local of = function(publisher)
    if known[publisher] == nil then
      local from, highest, bits, used, times =
        string.match(redis.call('HGET', numbersKey, publisher) or '', '^(%d+):(%d+):([01]+):(%d+):?(%x*)$')
      known[publisher] = from ~= nil
        and { from = tonumber(from), highest = tonumber(highest), bits = bits, used = tonumber(used), times = times }
    end
    return known[publisher]
  end

  -- Notes that one was forgotten.
  local forgot = function(field, used)
    if tonumber(used) > tonumber(redis.call('HGET', numbersKey, field) or 0) then
      redis.call('HSET', numbersKey, field, used)
    end
  end

  -- One more than is kept costs the one, of its user or of all, whose latest write is the oldest.
  local makeRoom = function(user)
    local oldest
    local isOwn = tonumber(redis.call('HGET', numbersKey, user) or 0) >= mostOfUser
    if isOwn then
      for _, publisher in ipairs(redis.call('ZRANGE', publishersKey, 0, -1)) do
        if string.sub(publisher, 1, #user + 1) == user .. '\n' then
          oldest = publisher
          break
        end
      end
    elseif redis.call('ZCARD', publishersKey) >= most then
      oldest = redis.call('ZRANGE', publishersKey, 0, 0)[1]
    end
    if not oldest then return end
    local owner = string.match(oldest, '^([^\n]*)\n')
    -- What a user has forgotten for its own is unknown to nobody else.
    forgot(isOwn and owner .. '\n' or '', redis.call('ZSCORE', publishersKey, oldest))
    redis.call('ZREM', publishersKey, oldest)
    redis.call('HDEL', numbersKey, oldest)
    known[oldest] = false
    if redis.call('HINCRBY', numbersKey, owner, -1) < 1 then
      local own = redis.call('HGET', numbersKey, owner .. '\n')
      if own then forgot('', own) end
      redis.call('HDEL', numbersKey, owner, owner .. '\n')
    end
  end

  local write = function(publisher, its)
    redis.call('HSET', numbersKey, publisher,
      text(its.from) .. ':' .. text(its.highest) .. ':' .. its.bits .. ':' .. text(its.used) .. ':' .. its.times)
    redis.call('ZADD', publishersKey, text(its.used), publisher)
  end

  return {
    has = function(publisher, number)
      local its = of(publisher)
      if not its or number > its.highest then return false end
      local below = its.highest - number
      if below > window then return number >= its.from end
      return string.sub(its.bits, below + 1, below + 1) == '1'
    end,

    isRemembered = function(publisher) return of(publisher) and true end,

    note = function(publisher, number, used)
      local its = of(publisher)
      if not its then
        local user = string.match(publisher, '^([^\n]*)\n')
        makeRoom(user)
        redis.call('HINCRBY', numbersKey, user, 1)
        known[publisher] = { from = number, highest = number, bits = '1', used = used, times = timeOf(used) }
        return write(publisher, known[publisher])
      end
      local ahead = number - its.highest
      its.used = math.max(its.used, used)
      if ahead > 0 then
        local between = math.min(ahead - 1, window)
        its.bits = string.sub('1' .. string.rep('0', between) .. its.bits, 1, window + 1)
        its.times = string.sub(timeOf(used) .. string.rep(none, between) .. its.times, 1, DIGITS * (window + 1))
        its.highest = number
      elseif -ahead <= window and string.sub(its.bits, 1 - ahead, 1 - ahead) ~= '1' then
        -- A copy of what was appended says nothing of when that was.
        local bits = its.bits .. string.rep('0', 1 - ahead - #its.bits)
        local times = its.times .. string.rep(none, #bits - #its.times / DIGITS)
        its.bits = string.sub(bits, 1, -ahead) .. '1' .. string.sub(bits, 2 - ahead)
        its.times = string.sub(times, 1, DIGITS * -ahead) .. timeOf(used) .. string.sub(times, DIGITS * (1 - ahead) + 1)
      end
      its.isChanged = true
    end,

    save = function()
      for publisher, its in pairs(known) do
        if its and its.isChanged then write(publisher, its) end
      end
    end,
  }
end
