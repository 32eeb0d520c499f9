-- Asks for the caller's account.
wrk.headers["Authorization"] = "Bearer " .. os.getenv("ACCESS_TOKEN")
