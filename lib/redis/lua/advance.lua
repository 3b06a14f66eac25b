-- Notes how far the posting of a shard came.
--
-- KEYS  1 the shard's record (hash, see claim.lua)
-- ARGV  1 fence of the turn   2 fence of what is posted   3 id of a connection up to which it went out, or ''
-- Returns 1, or 0 where another turn has begun.

local record = redis.call('HMGET', KEYS[1], 'holder', 'set')
if record[1] ~= ARGV[1] then return 0 end
if ARGV[3] ~= '' and record[2] == ARGV[2] then redis.call('HSET', KEYS[1], 'upTo', ARGV[3]) end
return 1
