-- Notes members as active now, by the clock that also dates what is appended, and forgets those long inactive.
--
-- KEYS  1 members by when they were last active (sorted set, ms since 1970)
-- ARGV  1 ms a member is kept   2... members
-- Returns nothing.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

for i = 2, #ARGV do
  -- GT: a clock set back must not make a member look inactive.
  redis.call('ZADD', KEYS[1], 'GT', now, ARGV[i])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[1]))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
