-- Notes members as active now, by the clocks that also date what is appended, and forgets those long inactive.
--
-- KEYS  1 members by when they were last active (sorted set, ms since 1970)
-- ARGV  1 ms a member is kept   2 the caller's clock (ms since 1970)   3... members
-- Returns nothing.

local time = redis.call('TIME')
local clock = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local earliest, latest = math.min(clock, tonumber(ARGV[2])), math.max(clock, tonumber(ARGV[2]))

for i = 3, #ARGV do
  -- GT: a clock set back must not make a member look inactive.
  redis.call('ZADD', KEYS[1], 'GT', latest, ARGV[i])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', earliest - ARGV[1]))
-- Never shortened: it outlives what was appended under a longer retention.
if redis.call('PEXPIRE', KEYS[1], ARGV[1], 'GT') == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1], 'NX') end
