-- What an audience knows of a connection.
--
-- Stands before each step of an audience: a sorted set, all scores 0, so in the order of members: connection id, space,
-- endpoint, space, capabilities and ',@' version, space, user. Beside it are the versions at which others left it, for
-- as long as a step that was decided before may still come.

local from, to = '[' .. ARGV[1] .. ' ', '(' .. ARGV[1] .. '!'
local version = tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

-- The version at which it was entered; of an entry without one, as long ago as can be; of none, nothing.
local standing = function()
  local member = redis.call('ZRANGEBYLEX', KEYS[1], from, to)[1]
  return member and tonumber(string.match(member, '^[^ ]* [^ ]* [^ ]*,@(%d+) ') or '0')
end

