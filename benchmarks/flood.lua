-- Somebody guesses passwords, from other addresses and of other accounts each time; now and then one is right.
local counts = {}
local number = 0

function setup(thread)
  thread:set("seed", os.time())
  threads = { thread }
end

function init(args)
  math.randomseed(seed)
end

function request()
  number = number + 1
  local name = number % 50 == 0 and "ada" or "somebody" .. math.random(1, 1000000)
  local password = name == "ada" and "a lantern in the harbour" or "not this one"
  local address = math.random(1, 223) .. "." .. math.random(0, 255) .. "." .. math.random(0, 255) .. ".1"
  return wrk.format("POST", "/api/login", {
    ["Content-Type"] = "application/json",
    ["X-Forwarded-For"] = address,
    ["X-Forwarded-Proto"] = "https",
  }, '{"username": "' .. name .. '", "password": "' .. password .. '"}')
end

function response(status)
  counts[status] = (counts[status] or 0) + 1
  told = ""
  for one, times in pairs(counts) do
    told = told .. one .. "=" .. times .. " "
  end
end

function done(summary)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write("statuses " .. (threads[1]:get("told") or "") .. "\nfailed " .. failed .. "\n")
end
