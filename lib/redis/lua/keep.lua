-- Keeps what a user's replay goes on with, and forgets the oldest of this user's where all of them take too much.
--
-- KEYS  1 the cursor (text)   2 the user's cursors (sorted set of "bytes key", by when they were kept, microseconds)
--       3 bytes of all of them (number)
-- ARGV  1 what is kept   2 lifetime (ms)   3 most bytes of all
-- Returns 1.
--
-- The keys of the others are in the same slot, since they are of the same user.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local text = function(number) return string.format('%.0f', number) end

local all = tonumber(redis.call('GET', KEYS[3]) or '0')
local parts = function(member) return string.match(member, '^(%d+) (.*)$') end

local ended = text(now - tonumber(ARGV[2]) * 1000)
-- They expired by themselves; but not those that others share, which are kept on while they are asked for.
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ended)) do all = all - tonumber((parts(member))) end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ended)

-- A little more than the text: a key of its own, and its place among the others.
local bytes = #ARGV[1] + 256
local member = text(bytes) .. ' ' .. KEYS[1]
-- Sent again, for its answer was lost.
if redis.call('ZREM', KEYS[2], member) == 1 then all = all - bytes end
while all + bytes > tonumber(ARGV[3]) do
  local oldest = redis.call('ZPOPMIN', KEYS[2])[1]
  if not oldest then
    all = 0
    break
  end
  local size, key = parts(oldest)
  all = all - tonumber(size)
  redis.call('UNLINK', key)
end

redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('ZADD', KEYS[2], text(now), member)
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('SET', KEYS[3], text(all + bytes), 'PX', ARGV[2])
return 1
