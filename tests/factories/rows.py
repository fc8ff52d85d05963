"""One plain row for every table, which the database takes as it is: what refusals change one thing of."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

_AT = "2026-11-23T09:00:00+00:00"
_LATER = "2026-11-24T09:00:00+00:00"
_HASH = "\\x" + "ab" * 32
_SEALED = "\\x01" + "cd" * 40
_FIRST = date(2026, 11, 23)

Rows = dict[str, dict[str, Any]]


def plan() -> dict[str, Any]:
    """The six parts of a strategy, as small as they may be."""
    return {
        "positioning": {"brief": "Bread.", "primary_message": "Rye."},
        "audience_segments": [{"name": "Bakers", "share": 60}, {"name": "Eaters", "share": 40}],
        "content_pillars": [{"name": "Bread", "share": 100}],
        "channel_plan": [{"platform": "TWITTER", "role": "primary", "posts_per_week": 3}],
        "cadence": {"posts_per_week": 3, "by_platform": {"TWITTER": 3}},
        "calendar_skeleton": [
            {"date": str(_FIRST + timedelta(days=day)), "platform": "TWITTER", "pillar": "Bread", "theme": "Rye"}
            for day in (0, 89)
        ],
    }


def rows(organization: UUID) -> Rows:
    """By table, in an order in which they can be inserted."""
    key: dict[str, dict[str, str]] = {}

    def own(table: str) -> dict[str, str]:
        key[table] = {"organization_id": str(organization), "id": str(uuid4())}
        return key[table]

    person, words = str(uuid4()), organization.hex
    post = {"platform": "TWITTER", "metric_type": "ENGAGEMENT", "period_start": _AT, "period_end": _AT}
    taken = {"collected_at": _AT, "measured_at": _AT}
    return {
        "users": {"id": person, "email": f"{words}@example.org"},
        "sessions": {"id": str(uuid4()), "user_id": person, "token_hash": "\\x" + words * 2, "expires_at": _AT},
        "app_factors": {"id": str(uuid4()), "user_id": person, "secret": "\\x01" + words},
        "recovery_codes": {"id": str(uuid4()), "user_id": person, "code_hash": "\\x" + words * 2},
        "passkeys": {
            "id": str(uuid4()), "user_id": person, "name": "Laptop", "credential": "\\x" + words, "public_key": "\\x01",
        },
        "passkey_challenges": {
            "id": str(uuid4()), "challenge_hash": "\\x" + words * 2, "purpose": "SIGN_IN", "expires_at": _AT,
        },
        "pending_sign_ins": {
            "id": str(uuid4()), "user_id": person, "token_hash": "\\x" + words * 2, "expires_at": _AT,
        },
        "account_letters": {
            "id": str(uuid4()), "user_id": person, "template": "reset", "recipient": f"{words}@example.org",
            "token_hash": "\\x" + words * 2, "expires_at": _AT,
        },
        "user_identities": {"id": str(uuid4()), "user_id": person, "provider": "google", "subject": words},
        "sign_in_flows": {
            "id": str(uuid4()), "token_hash": "\\x" + words * 2, "provider": "github", "user_id": person,
            "after": "/this-week", "expires_at": _AT,
        },
        "subscriptions": {
            "id": str(uuid4()), "user_id": person, "plan_id": "free", "status": "INCOMPLETE",
            "stripe_customer_id": f"c{words}", "stripe_subscription_id": f"s{words}",
        },
        "usage": {"id": str(uuid4()), "user_id": person, "month": "2026-11-01"},
        "periodic_runs": {"id": str(uuid4()), "name": f"clean {words}", "slot": _AT, "started_at": _AT},
        "incidents": {
            "id": str(uuid4()), "kind": "no_worker", "subject": words, "words": "No worker.", "opened_at": _AT,
            "seen_at": _AT,
        },
        "brief_drafts": {"id": str(uuid4()), "user_id": person, "expires_at": _AT},
        "organizations": {"id": str(organization), "owner_id": person, "name": "Crumb", "brief": {}},
        "founders": {**own("founders"), "name": "Ada"},
        "memberships": {**own("memberships"), "user_id": person, "role": "OWNER"},
        "invitations": {
            **own("invitations"), "invited_by": person, "email": "eve@example.org", "role": "EDITOR", "sent_at": _AT,
            "expires_at": _LATER,
        },
        "api_keys": {
            **own("api_keys"), "user_id": person, "name": "CI", "role": "EDITOR", "prefix": "ap", "key_hash": _HASH,
        },
        "audit_log": {
            **own("audit_log"), "actor_name": "Ada", "actor_kind": "PERSON", "user_id": person, "action": "post.moved",
            "subject": "scheduled_posts", "subject_id": str(uuid4()), "detail": {},
        },
        "social_accounts": {
            **own("social_accounts"), "platform": "TWITTER", "connector": "sandbox", "server": "http://127.0.0.1:9",
            "handle": "crumb", "access_token": _SEALED,
        },
        "oauth_flows": {
            **own("oauth_flows"), "user_id": person, "platform": "TWITTER", "connector": "sandbox",
            "server": "http://127.0.0.1:9", "state_hash": _HASH, "code_verifier": _SEALED, "redirect_uri": "http://x",
            "expires_at": _AT, "hint": _SEALED,
        },
        "connect_choices": {
            **own("connect_choices"), "user_id": person, "platform": "FACEBOOK", "connector": "facebook",
            "grants": _SEALED, "expires_at": _AT,
        },
        "calendar_feeds": {**own("calendar_feeds"), "user_id": person, "token_hash": _HASH},
        "network_apps": {
            **own("network_apps"), "connector": "x", "server": "https://api.x.com", "client_id": "an-app",
            "client_secret": _SEALED, "chosen_at": _AT,
        },
        "assets": {
            **own("assets"), "filename": "a.png", "original_name": "a.png", "type": "LOGO", "mime_type": "image/png",
            "size": 9, "storage_key": "a", "bucket": "local", "checksum": _HASH,
        },
        "asset_texts": {
            **own("asset_texts"), "asset_id": key["assets"]["id"], "position": 1, "place": "page 1", "text": "Rye.",
        },
        "brand_rules": own("brand_rules"),
        "facts": {**own("facts"), "statement": "Since 1998.", "kind": "other", "recorded_by": person},
        "generation_requests": {**own("generation_requests"), "kind": "STRATEGY", "wanted": {}, "asked_by": person},
        "model_budgets": {**own("model_budgets"), "month": "2026-11-01"},
        "model_calls": {
            **own("model_calls"), "purpose": "posts", "provider": "openai", "model": "m", "prompt": "posts",
            "prompt_version": 1,
        },
        "notifications": {
            **own("notifications"), "user_id": person, "key": "k", "recipient": "a@example.org",
            "template": "post-failed", "data": {},
        },
        "ai_strategies": {
            **own("ai_strategies"), "version": 1, **plan(), "request_id": key["generation_requests"]["id"],
        },
        "strategy_origins": {
            **own("strategy_origins"), "strategy_id": key["ai_strategies"]["id"],
            "parent_id": key["ai_strategies"]["id"], "kind": "EDITED", "author": "Ada", "user_id": person,
        },
        "strategy_changes": {
            **own("strategy_changes"), "strategy_id": key["ai_strategies"]["id"],
            "base_id": key["ai_strategies"]["id"], "digest": "d", "change": {}, "decision": "ACCEPTED",
            "decided_by": "Ada", "decided_at": _AT, "user_id": person,
        },
        "content_pillars": {**own("content_pillars"), "name": "Bread"},
        "series": {**own("series"), "name": "Loaves", "platform": "TWITTER", "cadence": "weekly"},
        "content_pieces": {
            **own("content_pieces"), "platform": "TWITTER", "body": "Rye keeps.",
            "pillar_id": key["content_pillars"]["id"],
            "series_id": key["series"]["id"], "sequence_no": 1, "strategy_id": key["ai_strategies"]["id"],
            "slot_key": "2026-11-23/TWITTER/0",
        },
        "series_parts": {
            **own("series_parts"), "series_id": key["series"]["id"], "number": 1, "planned_for": "2026-11-23",
            "role": "pain", "lead": "Rye dries out.",
        },
        "feeds": {
            **own("feeds"), "address": "https://crumb.example/feed", "platforms": ["TWITTER"], "newest": 5,
            "every_hours": 6, "next_check_at": _AT, "followed_by": person,
        },
        "feed_items": {
            **own("feed_items"), "item_key": _HASH, "link_key": _HASH, "platform": "TWITTER",
            "source": "https://crumb.example/feed", "piece_id": key["content_pieces"]["id"],
        },
        "passage_vectors": {
            **own("passage_vectors"), "piece_id": key["content_pieces"]["id"], "part": 1, "text_hash": _HASH,
            "model": "compatible:words", "dimensions": 2, "embedding": [0.5, 1.0],
        },
        "passage_indexes": {**own("passage_indexes"), "model": "compatible:words", "next_look_at": _AT},
        "content_revisions": {
            **own("content_revisions"), "piece_id": key["content_pieces"]["id"], "number": 1, "body": "Rye keeps.",
            "author": "Ada", "author_id": person,
        },
        "content_bands": {
            "organization_id": str(organization), "band": 7, "piece_id": key["content_pieces"]["id"],
        },
        "content_variants": {
            **own("content_variants"), "piece_id": key["content_pieces"]["id"], "number": 1, "revision": 1,
            "body": "Rye stays.", "confidence": 0.4, "generated_by": "w",
        },
        "content_adaptations": {
            **own("content_adaptations"), "piece_id": key["content_pieces"]["id"],
            "original_id": key["content_pieces"]["id"], "revision": 1,
        },
        "post_templates": {**own("post_templates"), "name": "Launch", "body": "{{product}} is out."},
        "post_signatures": {**own("post_signatures"), "platform": "TWITTER", "words": "Crumb, Hamburg"},
        "approvals": {
            **own("approvals"), "piece_id": key["content_pieces"]["id"], "revision": 1, "decision": "APPROVED",
            "decided_by": "Ada", "decided_at": _AT, "user_id": person,
        },
        "piece_comments": {
            **own("piece_comments"), "piece_id": key["content_pieces"]["id"], "revision": 1, "said": "Really a week?",
            "quote": "keeps", "author": "Ada", "user_id": person,
        },
        "review_links": {
            **own("review_links"), "user_id": person, "reviewer": "Lea", "may_approve": True, "token_hash": _HASH,
            "expires_at": _LATER,
        },
        "review_link_pieces": {
            **own("review_link_pieces"), "link_id": key["review_links"]["id"],
            "piece_id": key["content_pieces"]["id"],
        },
        "scheduled_posts": {
            **own("scheduled_posts"), "content_piece_id": key["content_pieces"]["id"], "revision": 1,
            "social_account_id": key["social_accounts"]["id"], "scheduled_at": _AT, "idempotency_key": "k",
        },
        "publish_attempts": {
            **own("publish_attempts"), "scheduled_post_id": key["scheduled_posts"]["id"], "number": 1, "armed_at": _AT,
            "worker": "w", "key": "k/0", "text_sent": "Rye keeps.", "text_hash": _HASH,
        },
        "publishing_holds": {**own("publishing_holds"), "held_at": _AT, "known_until": _AT, "reason": "restored"},
        "account_paces": {
            **own("account_paces"), "social_account_id": key["social_accounts"]["id"], "filled_at": _AT, "buckets": [],
        },
        "account_looks": {
            **own("account_looks"), "social_account_id": key["social_accounts"]["id"], "asked_at": _AT,
            "answer": "OPEN",
        },
        "post_forecasts": {
            **own("post_forecasts"), "scheduled_post_id": key["scheduled_posts"]["id"], "state": "WILL_PUBLISH",
            "checked_at": _AT, "next_check_at": _LATER, "risks": [],
        },
        "post_preparations": {
            **own("post_preparations"), "scheduled_post_id": key["scheduled_posts"]["id"], "made_for": _HASH,
            "next_step_at": _AT,
        },
        "analytics": {
            **own("analytics"), "content_piece_id": key["content_pieces"]["id"],
            "scheduled_post_id": key["scheduled_posts"]["id"], "social_account_id": key["social_accounts"]["id"],
            **post, **taken,
        },
        "analytics_latest": {
            **key["analytics"], "scheduled_post_id": key["scheduled_posts"]["id"], **post, **taken,
        },
        "analytics_daily": {
            "organization_id": str(organization), "scheduled_post_id": key["scheduled_posts"]["id"],
            "day": "2026-11-23", "platform": "TWITTER", "metric_type": "ENGAGEMENT",
        },
        "analytics_calendars": {"organization_id": str(organization), "time_zone": "Europe/Berlin"},
        "weekly_summaries": {
            **own("weekly_summaries"), "week_start": "2026-11-23", "week_end": "2026-11-29", "report_md": "Calm.",
            "top_performer_id": key["scheduled_posts"]["id"],
        },
    }  # fmt: skip


_COUNTERS = [{"impressions": -1}, {"signups": -1}]
_NO_NAME = [{"name": " "}]

CHECKS: dict[str, list[dict[str, Any]]] = {
    "users.email_form": [{"email": "nobody"}],
    "organizations.brief_version_counts": [{"brief_version": 0}],
    "organizations.language_given": [{"languages": []}],
    "organizations.late_minutes_range": [{"late_minutes": 4}, {"late_minutes": 43201}],
    "organizations.name_given": _NO_NAME,
    "periodic_runs.name_given": [{"name": ""}],
    "periodic_runs.claim_whole": [{"claimed_by": "w"}, {"claimed_until": _AT}],
    "periodic_runs.finished_is_free": [{"claimed_by": "w", "claimed_until": _AT, "finished_at": _AT}],
    "incidents.kind_given": [{"kind": ""}],
    "incidents.time_order": [{"seen_at": "2026-11-22T09:00:00+00:00"}, {"closed_at": "2026-11-22T09:00:00+00:00"}],
    "incidents.end_told_after_it": [{"closing_told_at": _AT}],
    "account_letters.sent_has_time": [{"status": "SENT"}, {"delivered_at": _AT}],
    "account_letters.claim": [{"status": "FAILED", "error_message": "No.", "claimed_until": _AT}],
    "account_letters.failure_has_reason": [{"status": "FAILED"}],
    "account_letters.counters": [{"attempts": -1}],
    "account_letters.token_hash_sha256": [{"token_hash": "\\x00"}],
    "account_letters.link_ends": [{"expires_at": None}],
    "account_letters.link_is_somebodys": [{"user_id": None}],
    "account_letters.used_was_link": [{"token_hash": None, "expires_at": None, "used_at": _AT}],
    "user_identities.subject_given": [{"subject": ""}],
    "sign_in_flows.token_hash_sha256": [{"token_hash": "\\x00"}],
    "sessions.token_hash_sha256": [{"token_hash": "\\x00"}],
    "app_factors.secret_sealed": [{"secret": "\\x00"}],
    "app_factors.last_step_counts": [{"last_step": -1, "confirmed_at": _AT}],
    "app_factors.confirmed_by_a_code": [{"confirmed_at": _AT}, {"last_step": 1}],
    "recovery_codes.code_hash_sha256": [{"code_hash": "\\x00"}],
    "passkeys.name_given": _NO_NAME,
    "passkeys.credential_size": [{"credential": "\\x"}, {"credential": "\\x" + "00" * 1024}],
    "passkeys.public_key_size": [{"public_key": "\\x"}, {"public_key": "\\x" + "00" * 4097}],
    "passkeys.sign_count_counts": [{"sign_count": -1}],
    "passkey_challenges.challenge_hash_sha256": [{"challenge_hash": "\\x00"}],
    "passkey_challenges.person_known": [{"purpose": "SECOND"}, {"purpose": "REGISTER"}],
    "pending_sign_ins.token_hash_sha256": [{"token_hash": "\\x00"}],
    "subscriptions.cancels_at_a_time": [{"cancel_at_period_end": True}],
    "subscriptions.period_order": [{"period_start": _LATER, "period_end": _AT}],
    "subscriptions.trial_ends": [{"status": "TRIALING"}],
    "subscriptions.trial_order": [{"trial_start": _LATER, "trial_end": _AT}],
    "usage.counters": [{"posts_generated": -1}, {"organizations_created": -1}],
    "usage.month_first_day": [{"month": "2026-11-02"}],
    "ai_strategies.accepted_has_time": [{"status": "ACTIVE"}, {"status": "ARCHIVED"}, {"accepted_at": _AT}],
    "ai_strategies.audience_sum": [{"audience_segments": [{"name": "Bakers", "share": 99}]}],
    "ai_strategies.cadence_sum": [{"cadence": {"posts_per_week": 21, "by_platform": {"TWITTER": 24}}}, {"cadence": {}}],
    "ai_strategies.confidence": [{"confidence": 1.01}, {"confidence": -0.01}],
    "ai_strategies.shares_sum": [{"content_pillars": [{"name": "Bread", "share": 101}]}, {"content_pillars": []}],
    "ai_strategies.skeleton_days": [{"calendar_skeleton": [{"date": "2026-11-23"}, {"date": "2027-02-21"}]}],
    "ai_strategies.version_counts": [{"version": 0}],
    "brief_drafts.version_counts": [{"version": 0}],
    "asset_texts.position_counts": [{"position": 0}],
    "asset_texts.text_given": [{"text": ""}],
    "assets.checksum_sha256": [{"checksum": "\\x00"}],
    "assets.dimensions": [{"width": 0, "height": 9}],
    "assets.dimensions_whole": [{"width": 9}],
    "assets.duration": [{"duration_seconds": -1}],
    "assets.mime_type_form": [{"mime_type": "png"}],
    "assets.size": [{"size": -1}],
    "content_pillars.color_hex": [{"color": "red"}, {"color": "#12345"}],
    "content_pillars.name_given": _NO_NAME,
    "facts.statement_given": [{"statement": " "}],
    "founders.email_form": [{"email": "nobody"}],
    "founders.name_given": _NO_NAME,
    "model_budgets.amounts": [{"monthly_cents": -1}, {"spent_micros": -1}],
    "model_budgets.month_is_its_first_day": [{"month": "2026-11-02"}],
    "model_calls.ended_has_latency": [{"outcome": "ANSWERED"}, {"latency_ms": 5}],
    "model_calls.failure_has_kind": [{"outcome": "FAILED", "latency_ms": 5}, {"error_kind": "timeout"}],
    "model_calls.counters": [
        {"input_tokens": -1},
        {"output_tokens": -1},
        {"cost_micros": -1},
        {"counted_micros": -1},
        {"prompt_version": 0},
    ],
    "generation_requests.cancelled_has_ended": [{"cancelled_by": "Ada"}],
    "generation_requests.counters": [{"attempts": -1}, {"done_count": 2, "total_count": 1}],
    "generation_requests.failure_has_reason": [{"status": "FAILED", "finished_at": _AT}],
    "generation_requests.fruitless_counts": [{"fruitless_claims": -1}],
    "generation_requests.finished_has_time": [{"status": "DONE"}, {"finished_at": _AT}],
    "generation_requests.running_is_claimed": [{"status": "RUNNING", "attempts": 1}, {"claimed_until": _AT}],
    "generation_requests.running_was_begun": [{"status": "RUNNING", "claimed_until": _AT}],
    "notifications.claim": [{"status": "SENT", "delivered_at": _AT, "claimed_until": _AT}],
    "notifications.counters": [{"attempts": -1}],
    "notifications.failure_has_reason": [{"status": "FAILED"}],
    "notifications.priority": [{"priority": 0}, {"priority": 6}],
    "notifications.sent_has_time": [{"status": "SENT"}, {"delivered_at": _AT}],
    "oauth_flows.code_verifier_sealed": [{"code_verifier": "\\x70"}],
    "oauth_flows.hint_sealed": [{"hint": "\\x70"}],
    "connect_choices.grants_sealed": [{"grants": "\\x70"}],
    "network_apps.client_id_given": [{"client_id": ""}],
    "network_apps.client_secret_sealed": [{"client_secret": "\\x70"}],
    "oauth_flows.state_hash_sha256": [{"state_hash": "\\x00"}],
    "series_parts.lead_given": [{"lead": "  "}],
    "series_parts.number_counts": [{"number": 0}],
    "series_parts.written_without_problem": [{"written_at": _AT, "problem": "No."}],
    "feeds.address_given": [{"address": ""}],
    "feeds.counters": [{"failures": -1, "error_message": "Away."}],
    "feeds.every_hours_range": [{"every_hours": 0}, {"every_hours": 169}],
    "feeds.failure_has_reason": [{"failures": 1}],
    "feeds.newest_range": [{"newest": 0}, {"newest": 21}],
    "feeds.platforms_given": [{"platforms": []}],
    "feed_items.item_key_sha256": [{"item_key": "\\x00"}],
    "feed_items.link_key_sha256": [{"link_key": "\\x00"}],
    "feed_items.piece_or_reason": [{"reason": "Known."}],
    "passage_vectors.dimensions_counted": [{"dimensions": 3}, {"embedding": []}],
    "passage_vectors.one_source": [{"fact_id": _HASH[2:34]}],
    "passage_vectors.part_counts": [{"part": 0}],
    "passage_vectors.text_hash_sha256": [{"text_hash": "\\x00"}],
    "passage_indexes.counters": [{"failures": -1, "error_message": "Away."}, {"parts": -1}],
    "passage_indexes.failure_has_reason": [{"failures": 1}],
    "series.counters": [{"total_posts": -1, "published_posts": -1}],
    "series.date_order": [{"start_date": "2026-11-23", "end_date": "2026-11-22"}],
    "series.name_given": _NO_NAME,
    "series.published_of_total": [{"published_posts": 1}],
    "social_accounts.access_token_sealed": [{"access_token": "\\x706c61696e"}],
    "social_accounts.active_has_token": [{"access_token": None}],
    "social_accounts.counters": [{"followers": -1}],
    "social_accounts.handle_given": [{"handle": ""}],
    "social_accounts.refresh_token_sealed": [{"refresh_token": "\\x706c61696e"}],
    "content_pieces.body_given": [{"body": "  "}],
    "content_pieces.confidence": [{"confidence": 1.01}],
    "content_pieces.expires_after_it_is_due": [{"scheduled_at": _AT, "expires_at": _AT}],
    "content_pieces.published_has_time": [{"status": "PUBLISHED"}],
    "content_pieces.revision_counts": [{"revision": 0}],
    "content_pieces.scheduled_has_time": [{"status": "SCHEDULED"}],
    "content_pieces.sequence_counts": [{"sequence_no": 0}],
    "content_pieces.series_has_sequence": [{"sequence_no": None}, {"series_id": None}],
    "content_pieces.slot_of_strategy": [{"strategy_id": None}],
    "content_adaptations.revision_counts": [{"revision": 0}],
    "content_variants.body_given": [{"body": "  "}],
    "content_variants.confidence": [{"confidence": 1.01}],
    "content_variants.decided_by_somebody": [{"status": "CHOSEN"}, {"decided_by": "Ada"}],
    "content_variants.numbers_count": [{"number": 0}, {"revision": 0}],
    "post_signatures.words_given": [{"words": " "}],
    "post_templates.body_given": [{"body": " "}],
    "post_templates.name_given": _NO_NAME,
    "content_revisions.body_given": [{"body": "  "}],
    "content_revisions.number_counts": [{"number": 0}],
    "approvals.link_sets_nothing_aside": [{"override_reason": "Fine.", "review_link_id": str(uuid4())}],
    "piece_comments.said_given": [{"said": " "}],
    "piece_comments.quote_given": [{"quote": " "}],
    "piece_comments.one_author": [{"review_link_id": str(uuid4())}],
    "piece_comments.resolved_by_somebody": [{"resolved_at": _AT}, {"resolved_by": "Ada"}],
    "review_links.reviewer_given": [{"reviewer": " "}],
    "review_links.email_form": [{"email": "nobody"}],
    "review_links.token_hash_sha256": [{"token_hash": "\\x00"}],
    "approvals.override_by_person": [{"override_reason": "Fine.", "user_id": None}],
    "approvals.override_of_approval": [{"override_reason": "Fine.", "decision": "CHANGES_ASKED"}],
    "approvals.set_aside_by_override": [{"set_aside": ["claim/number/5,000"]}],
    "scheduled_posts.attempted_has_time": [{"attempt_count": 1}],
    "scheduled_posts.attempts": [
        {"attempt_count": 4, "last_attempt_at": _AT},
        {"attempt_count": -1, "last_attempt_at": _AT},
    ],
    "scheduled_posts.attempts_allowed": [{"max_attempts": 0}],
    "scheduled_posts.claim": [{"status": "PUBLISHING"}, {"claimed_by": "w", "claimed_until": _AT}],
    "scheduled_posts.claim_whole": [{"claimed_by": "w"}, {"claimed_until": _AT}],
    "scheduled_posts.failure_has_reason": [{"status": "FAILED"}, {"status": "MISSED"}],
    "scheduled_posts.idempotency_key_given": [{"idempotency_key": ""}],
    "scheduled_posts.local_time_has_zone": [{"local_time": "2026-11-23T10:00:00"}, {"time_zone": "Europe/Berlin"}],
    "scheduled_posts.next_attempt_is_of_open": [{"next_attempt_at": _AT}],
    "scheduled_posts.published_has_proof": [
        {"status": "PUBLISHED", "published_at": _AT},
        {"status": "PUBLISHED", "platform_post_id": "p1"},
        {"published_at": _AT},
    ],
    "scheduled_posts.retrying_has_time": [{"status": "RETRYING"}],
    "analytics.counters": _COUNTERS,
    "analytics.period_order": [{"period_start": _LATER}],
    "analytics.rates": [{"engagement_rate": 3.5}, {"ctr": -0.1}],
    "analytics.subject": [{"scheduled_post_id": None, "social_account_id": None}],
    "analytics_latest.counters": _COUNTERS,
    "analytics_latest.period_order": [{"period_start": _LATER}],
    "analytics_latest.rates": [{"engagement_rate": 3.5}, {"ctr": -0.1}],
    "analytics_calendars.closed_together": [{"closed_at": _AT}],
    "publish_attempts.armed_is_open": [{"finished_at": _AT}, {"outcome": "ABSENT"}],
    "publish_attempts.counters": [{"number": 0}, {"part": -1}],
    "publish_attempts.published_has_id": [{"outcome": "PUBLISHED", "finished_at": _AT}],
    "publish_attempts.text_hash_sha256": [{"text_hash": "\\x00"}],
    "publishing_holds.released_by_whom": [{"released_at": _AT}],
    "account_paces.closed_with_reason": [{"closed_until": _AT}, {"closed_kind": "rate_limited"}],
    "account_looks.no_has_reason": [{"answer": "CLOSED"}, {"reason": "Gone."}],
    "post_forecasts.risk_has_reason": [{"state": "AT_RISK", "risk_since": _AT}, {"risks": [{"kind": "token"}]}],
    "post_forecasts.risk_has_time": [{"risk_since": _AT}],
    "post_forecasts.checked_again_later": [{"next_check_at": _AT}],
    "post_preparations.made_for_sha256": [{"made_for": "\\x00"}],
    "post_preparations.counters": [{"part": -1}, {"failures": -1}],
    "post_preparations.claim_whole": [{"claimed_until": _AT}],
    "post_preparations.ready_is_free": [
        {"ready_at": _AT, "is_refused": True, "error_message": "No."},
        {"ready_at": _AT, "claimed_until": _AT, "claimed_by": str(UUID(int=7))},
    ],
    "post_preparations.refusal_has_reason": [{"is_refused": True}],
    "weekly_summaries.accepted_has_time": [{"accepted": True}, {"accepted_at": _AT}],
    "weekly_summaries.counters": [{"total_posts": -1}],
    "weekly_summaries.engagement": [{"avg_engagement": 1.5}],
    "weekly_summaries.week": [{"week_end": "2026-11-30"}, {"week_start": "2026-11-24", "week_end": "2026-11-30"}],
    "audit_log.action_form": [{"action": "moved"}],
    "audit_log.actor_has_key": [{"actor_kind": "KEY"}],
    "audit_log.actor_has_person": [{"actor_kind": "PRODUCT"}],
    "invitations.email_form": [{"email": "nobody"}],
    "invitations.role_below_owner": [{"role": "OWNER"}],
    "invitations.round_counts": [{"round": 0}],
    "invitations.ends_after_it_was_sent": [{"expires_at": _AT}],
    "invitations.ends_once": [{"accepted_at": _AT, "revoked_at": _AT}],
    "api_keys.key_hash_sha256": [{"key_hash": "\\x00"}],
    "api_keys.name_given": _NO_NAME,
    "calendar_feeds.token_hash_sha256": [{"token_hash": "\\x00"}],
}
"""By `table.check`: changes of the plain row, each of which the check refuses."""

ZONES = ("organizations", "scheduled_posts")
"""Tables whose check of the time zone raises what PostgreSQL says of unknown zones."""

PARTIAL: dict[str, dict[str, Any]] = {
    "uq_ai_strategies_active": {"status": "ACTIVE", "accepted_at": _AT},
    "uq_founders_primary": {"is_primary": True},
    "uq_subscriptions_live": {"status": "PAST_DUE"},
    "uq_publish_attempts_part_published": {"outcome": "PUBLISHED", "finished_at": _AT, "platform_post_id": "p1"},
    "uq_analytics_account_slot": {"scheduled_post_id": None},
}
"""What a row has to be for a partial unique index to look at it, where the plain row is not."""

KEPT: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {
    "ai_strategies_kept": [({"status": "ACTIVE", "accepted_at": _AT}, {"positioning": {"brief": "Cake."}})],
    "content_revisions_kept": [({}, {"body": "Rye does not keep."})],
    "approvals_kept": [({}, {"decision": "CHANGES_ASKED"})],
    "publish_attempts_kept": [
        ({}, {"text_sent": "Something else."}),
        ({"outcome": "ABSENT", "finished_at": _AT}, {"outcome": "UNKNOWN"}),
    ],
    "scheduled_posts_kept": [
        ({"status": "PUBLISHED", "published_at": _AT, "platform_post_id": "p1"}, {"platform_post_id": "p2"}),
        ({"status": "PUBLISHED", "published_at": _AT, "platform_post_id": "p1"}, {"scheduled_at": _LATER}),
    ],
}
"""By trigger: what the row is, and the change of it that would rewrite history."""
