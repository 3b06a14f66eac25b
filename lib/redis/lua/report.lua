-- Writes down what is to be told and no other step of Redis makes true; once in a time, where that is asked.
--
-- KEYS  1 what is to be told (list)   2 that it was told lately (text), where that counts
-- ARGV  1 what   2 version; '' for one of its own   3 JSON of an object   4 ms for which it is told once
-- Returns 1.

if KEYS[2] and not redis.call('SET', KEYS[2], '', 'PX', ARGV[4], 'NX') then return 1 end
local time = redis.call('TIME')
local now = string.format('%.0f', tonumber(time[1]) * 1000000 + tonumber(time[2]))
tell(KEYS[1], ARGV[1], ARGV[2] == '' and now or ARGV[2], cjson.decode(ARGV[3]))
return 1
