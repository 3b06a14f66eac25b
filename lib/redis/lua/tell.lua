-- Writes down what is to be told of the service, in the step that makes it true.
--
-- Stands before each step that makes such a thing. The list lies in the slot of what it is told of. It is told within
-- seconds; where nobody tells, it is forgotten after a day.

-- @param list  where it is written   @param version  tells it from others of its kind there
local tell = function(list, what, version, data)
  local time = redis.call('TIME')
  local at = string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
  redis.call('RPUSH', list, what .. ' ' .. version .. ' ' .. at .. ' ' .. cjson.encode(data))
  redis.call('PEXPIRE', list, 86400000)
end

-- Those of some texts of which anybody may hear: of the service's own channels nothing is told.
local public = function(texts)
  local found = {}
  for _, text in ipairs(texts) do
    if string.sub(text, 1, 1) ~= '$' then found[#found + 1] = text end
  end
  return found
end

