-- The number of a change of what a connection listens to, or as what. Later changes of one connection have higher
-- numbers, also where its record was lost in between: it is the time, unless the record knows a later one.
--
-- Stands before each step of a connection that changes such things.

-- Microseconds since 1970, which a double holds exactly.
local nextVersion = function(record)
  local time = redis.call('TIME')
  local known = tonumber(redis.call('HGET', record, 'version') or '0')
  return string.format('%.0f', math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), known + 1))
end

