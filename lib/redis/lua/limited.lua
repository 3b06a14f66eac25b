-- Notes that a limit came near, or refused.
--
-- KEYS  1 limits, by when they were noted last (sorted set)   2 limit -> when it refused first and last (hash)
-- ARGV  1 limit   2 1 where it refused, else 0   3 limits that are remembered   4 ms for which they are
--       5 ms without a refusal behind which the next is the first
-- Returns 1.
--
-- What is too old, or too much, goes a hundred at a time.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
if ARGV[2] == '1' then
  local since, last = string.match(redis.call('HGET', KEYS[2], ARGV[1]) or '', '^(%d+):(%d+)$')
  if not last or now - tonumber(last) > tonumber(ARGV[5]) then since = string.format('%.0f', now) end
  redis.call('HSET', KEYS[2], ARGV[1], since .. string.format(':%.0f', now))
end

local gone = redis.call('ZRANGE', KEYS[1], '-inf', string.format('(%.0f', now - tonumber(ARGV[4])), 'BYSCORE', 'LIMIT', 0, 100)
if #gone == 0 then
  local over = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[3])
  if over > 0 then gone = redis.call('ZRANGE', KEYS[1], 0, math.min(over, 100) - 1) end
end
if #gone > 0 then
  redis.call('ZREM', KEYS[1], unpack(gone))
  redis.call('HDEL', KEYS[2], unpack(gone))
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[4]) end
return 1
