-- Names are in the order of UTF-16 code units, as clients compare them, and Redis compares bytes of UTF-8. The two differ
-- where characters behind U+FFFF meet those from U+E000 on: these get one before them that is behind all, and in no name.

local function sortable(name) return (string.gsub(name, '[\238\239][\128-\191][\128-\191]', '\244\143\191\189%0')) end
local function named(text) return (string.gsub(text, '\244\143\191\189', '')) end

