-- Puts bytes into a bucket that leaks evenly, unless it would run over.
--
-- KEYS  1 bucket (text: bytes in it, ms since 1970 when that was so)
-- ARGV  1 bytes, negative to take some out   2 bytes that it holds   3 ms in which a full one runs empty
-- Returns 0; else nothing was put in, and it is how many ms later that they fit.

local bytes, size, duration = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local held, at = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+):(%d+)$')
local left = math.max(tonumber(held or 0) - math.max(now - tonumber(at or now), 0) * size / duration, 0)
bytes = math.min(bytes, size)
local over = left + bytes - size
if bytes > 0 and over > 0 then return math.max(math.ceil(over * duration / size), 1) end

left = math.ceil(math.max(left + bytes, 0))
if left == 0 then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], string.format('%.0f:%.0f', left, now), 'PX', math.ceil(left * duration / size))
end
return 0
