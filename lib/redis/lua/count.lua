-- Adds to counters and sets values, each write of a writer once however often it is sent.
--
-- KEYS  1 counters (hash: field -> number)   2 the writer's last write (number)
-- ARGV  1 number of this write   2 ms it is remembered   3 how many are added   then pairs: field, number;
--       those after the added ones are set
-- Returns 1, or 0 where it was written before.

if tonumber(redis.call('GET', KEYS[2]) or '0') >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])

local added = 3 + 2 * tonumber(ARGV[3])
for i = 4, added, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
for i = added + 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
