-- Keeps a consumer that was just used, among those of its user.
--
-- Stands before each step of a consumer.

local milliseconds = function()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Microseconds since 1970, which a double holds exactly: so fences go on higher also where the last one was forgotten.
local nextFence = function(consumer)
  local time = redis.call('TIME')
  local known = tonumber(redis.call('HGET', consumer, 'fence') or '0')
  return string.format('%.0f', math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), known + 1))
end

local used = function(consumer, names, name, lifetime)
  redis.call('PEXPIRE', consumer, lifetime)
  redis.call('ZADD', names, milliseconds() + tonumber(lifetime), name)
  redis.call('PEXPIRE', names, lifetime)
end
