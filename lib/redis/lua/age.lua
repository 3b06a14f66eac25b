-- For how long what waits longest has waited to be announced or told, since it was noted or put off.
--
-- KEYS  1 histories, or subjects of what is told of the service, by when they are next to be looked at
-- Returns ms; 0 where nothing waits.

local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if not first[2] then return 0 end
local time = redis.call('TIME')
return math.max(0, tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) - tonumber(first[2]))
