-- Under which epoch a history begins that does not exist, put before the steps that ask. Nothing is stored for it: it
-- follows from a name, from the history's own key and from how many histories of a share began, among them this one. So
-- the same is said to all who ask before the history begins, and never again after.
--
-- epochs   text: 12 characters of name, then a byte per share: how many histories of it began, modulo 256. It lies in the
--          slot of its histories: where these are forgotten, the name is another.
-- history  the key of the counters   shares  how many there are
-- Returns the epoch, '' where there is no name yet; the place of the share's byte; its value.
local foretell = function(epochs, history, shares)
  local name = redis.call('GETRANGE', epochs, 0, 11)
  local digest = redis.sha1hex(history)
  local place = 12 + tonumber(string.sub(digest, 1, 8), 16) % tonumber(shares)
  local began = string.byte(redis.call('GETRANGE', epochs, place, place)) or 0
  if name == '' then return '', place, began end
  return string.sub(redis.sha1hex(name .. began .. digest), 1, 18), place, began
end

