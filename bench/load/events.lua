-- Publishes one small event after the other.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"type":"activity.page_viewed","source":"bench","data":{"page":"/lamps"}}'
