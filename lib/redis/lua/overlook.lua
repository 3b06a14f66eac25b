-- Puts a subject off of which nothing is to be told, for as long as what was foreseen of it may still come true; then
-- forgets it.
--
-- KEYS  1 subjects by when they are next to be looked at   2 by which note each stands there
-- ARGV  1 subject   2 when it was due   3 mark, both as they were seen   4 ms after which a note comes true no more
--       5 ms after which something comes true by itself, or -1
-- Returns 1; 0 where it was noted anew, or something came true, and it stays as it is.

if redis.call('ZSCORE', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
if (redis.call('HGET', KEYS[2], ARGV[1]) or '0') ~= ARGV[3] then return 0 end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local last = math.floor(tonumber(ARGV[3]) / 1000) + ARGV[4]
if tonumber(ARGV[5]) >= 0 then
  redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[5]), ARGV[1])
elseif now < last then
  redis.call('ZADD', KEYS[1], string.format('%.0f', last), ARGV[1])
else
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
end
return 1
