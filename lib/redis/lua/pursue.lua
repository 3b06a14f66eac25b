-- Takes a history up that is to be announced, and closes its cursor to watches before this one.
--
-- KEYS  1 counters (hash: epoch, announced, announcer, …: see append.lua)
-- ARGV  1 fence
-- Returns the epoch and the offset up to which it was announced; nothing where there is no such history, or nobody is to
--       hear of it; the higher fence alone where there is one.

local counters = redis.call('HMGET', KEYS[1], 'epoch', 'announced', 'announcer')
if not counters[1] or not counters[2] then return {} end
if tonumber(counters[3] or 0) > tonumber(ARGV[1]) then return { counters[3] } end
redis.call('HSET', KEYS[1], 'announcer', ARGV[1])
return { counters[1], counters[2] }
