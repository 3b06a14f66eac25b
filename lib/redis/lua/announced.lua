-- Moves the cursor up to which a history was announced.
--
-- KEYS  1 counters (hash: epoch, announced, announcer, …: see append.lua)
-- ARGV  1 fence   2 epoch   3 offset at which the cursor stands   4 offset it is moved to
-- Returns 1; 0 where another watch has taken the history up, it is another history, or the cursor stands elsewhere: then it
--       was set back, with what was appended since.

local counters = redis.call('HMGET', KEYS[1], 'epoch', 'announced', 'announcer')
if counters[1] ~= ARGV[2] or counters[3] ~= ARGV[1] then return 0 end
-- Moved already, by a step whose answer was lost.
if counters[2] == ARGV[4] then return 1 end
if counters[2] ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'announced', ARGV[4])
return 1
