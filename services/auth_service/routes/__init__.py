"""HTTP routes of auth-service, one file a resource."""

from services.auth_service.routes import accounts, administration, recovery, service, sessions

# `/users/me/...` stands before `/users/{user_id}/...`.
ALL = tuple(each.router for each in (service, sessions, recovery, accounts, administration))
