-- Notes members as active now, by the clocks that also date what is appended, and forgets those long inactive.
--
-- KEYS  1 members by when they were last active (sorted set, ms since 1970); functions of before write this one alone
--       2 the same, of what is in 3   3 members by name (sorted set, all of one score; see sortable.lua)
-- ARGV  1 ms a member is kept   2 the caller's clock (ms since 1970)   3... members, a thousand at most
-- Returns nothing.

local time = redis.call('TIME')
local clock = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local earliest, latest = math.min(clock, tonumber(ARGV[2])), math.max(clock, tonumber(ARGV[2]))

for i = 3, #ARGV do
  -- GT: a clock set back must not make a member look inactive.
  redis.call('ZADD', KEYS[1], 'GT', latest, ARGV[i])
  redis.call('ZADD', KEYS[2], 'GT', latest, ARGV[i])
  redis.call('ZADD', KEYS[3], 0, sortable(ARGV[i]))
end
-- More than come, so that it keeps up; and no more, so that the step stays short.
local most = 2 * (#ARGV - 2) + 16
local old = function(key)
  return redis.call('ZRANGEBYSCORE', key, '-inf', string.format('%.0f', earliest - ARGV[1]), 'LIMIT', 0, most)
end
local names = old(KEYS[1])
if #names > 0 then redis.call('ZREM', KEYS[1], unpack(names)) end
names = old(KEYS[2])
if #names > 0 then
  redis.call('ZREM', KEYS[2], unpack(names))
  for i, name in ipairs(names) do names[i] = sortable(name) end
  redis.call('ZREM', KEYS[3], unpack(names))
end
for _, key in ipairs(KEYS) do
  -- Never shortened: it outlives what was appended under a longer retention.
  if redis.call('PEXPIRE', key, ARGV[1], 'GT') == 0 then redis.call('PEXPIRE', key, ARGV[1], 'NX') end
end
