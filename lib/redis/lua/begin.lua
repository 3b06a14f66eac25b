-- Notes what a turn of a shard is about to append to and to post, in place of what was unfinished before.
--
-- KEYS  1 the shard's record (hash, see claim.lua)
-- ARGV  1 fence   2 the histories   3 1 where all that was unfinished was posted, else 0   4 lifetime (ms)
-- Returns 1, or 0 where another turn has begun.

local record = redis.call('HMGET', KEYS[1], 'holder', 'last', 'set', 'unknown')
if record[1] ~= ARGV[1] then return 0 end
if record[3] == ARGV[1] then return 1 end

if record[3] then
  if ARGV[3] ~= '1' then
    redis.call('HSET', KEYS[1], 'unknown', (record[4] or '') .. ',' .. record[3] .. '-' .. record[3])
  end
  if tonumber(record[3]) > tonumber(record[2] or -1) then redis.call('HSET', KEYS[1], 'last', record[3]) end
end
redis.call('HSET', KEYS[1], 'set', ARGV[1], 'histories', ARGV[2])
redis.call('HDEL', KEYS[1], 'upTo')
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
