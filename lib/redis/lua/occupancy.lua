-- Whether somebody is there: connections of a user, or listeners of a channel.
--
-- Stands before each step that changes who is there, where that is told. The state (hash) lies in the same slot:
--   is: 1 while it is occupied   last: the number of the occupancy   since: when the last one left (ms since 1970)

local milliseconds = function()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Somebody came.
local occupy = function(state, list, what)
  if redis.call('HGET', state, 'is') == '1' then
    redis.call('HDEL', state, 'since')
  else
    local last = tonumber(redis.call('HGET', state, 'last') or '0')
    local number = string.format('%.0f', math.max(last + 1, 1000 * milliseconds()))
    redis.call('HSET', state, 'is', 1, 'last', number)
    redis.call('HDEL', state, 'since')
    tell(list, what, number, {})
  end
  redis.call('PEXPIRE', state, 86400000)
end

-- The last one left.
local abandon = function(state)
  if redis.call('HGET', state, 'is') ~= '1' then return end
  redis.call('HSETNX', state, 'since', string.format('%.0f', milliseconds()))
  redis.call('PEXPIRE', state, 86400000)
end

