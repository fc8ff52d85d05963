"""The first schema.

Revision: 0001; after: nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

USER_ROLE = postgresql.ENUM("USER", "ADMIN", "MODERATOR", name="user_role", create_type=False)
STAGE = postgresql.ENUM("idea", "pre-seed", "seed", "series-a", "series-b", "growth", name="stage", create_type=False)
SUBSCRIPTION_STATUS = postgresql.ENUM(
    "ACTIVE", "CANCELLED", "PAST_DUE", "TRIALING", "INCOMPLETE", "UNPAID", name="subscription_status", create_type=False
)
STRATEGY_STATUS = postgresql.ENUM(
    "PROPOSED", "ACTIVE", "ARCHIVED", "REJECTED", name="strategy_status", create_type=False
)
ASSET_TYPE = postgresql.ENUM(
    "LOGO",
    "SCREENSHOT",
    "VIDEO",
    "DOCUMENT",
    "IMAGE",
    "AVATAR",
    "BANNER",
    "CASE_STUDY",
    "PITCH_DECK",
    name="asset_type",
    create_type=False,
)
APPROVAL_MODE = postgresql.ENUM("AUTO", "MANUAL", "CONDITIONAL", name="approval_mode", create_type=False)
FACT_KIND = postgresql.ENUM("metric", "customer", "award", "press", "other", name="fact_kind", create_type=False)
REQUEST_KIND = postgresql.ENUM("STRATEGY", "CONTENT", name="request_kind", create_type=False)
REQUEST_STATUS = postgresql.ENUM("PENDING", "RUNNING", "DONE", "FAILED", name="request_status", create_type=False)
MEMBER_ROLE = postgresql.ENUM("OWNER", "ADMIN", "EDITOR", "APPROVER", "VIEWER", name="member_role", create_type=False)
DELIVERY_STATUS = postgresql.ENUM("PENDING", "SENT", "FAILED", name="delivery_status", create_type=False)
PLATFORM = postgresql.ENUM(
    "TWITTER",
    "LINKEDIN",
    "INSTAGRAM",
    "TIKTOK",
    "YOUTUBE_SHORTS",
    "REDDIT",
    "FACEBOOK",
    "THREADS",
    "BLUESKY",
    "MASTODON",
    "TELEGRAM",
    "DISCORD",
    "SLACK",
    "PINTEREST",
    "DEVTO",
    "WORDPRESS",
    "SANDBOX",
    name="platform",
    create_type=False,
)
SERIES_STATUS = postgresql.ENUM("ACTIVE", "COMPLETED", "PAUSED", "CANCELLED", name="series_status", create_type=False)
CONTENT_STATUS = postgresql.ENUM(
    "DRAFT",
    "PENDING_REVIEW",
    "APPROVED",
    "SCHEDULED",
    "PUBLISHED",
    "FAILED",
    "ARCHIVED",
    name="content_status",
    create_type=False,
)
CONTENT_TYPE = postgresql.ENUM(
    "POST", "THREAD", "STORY", "REEL", "SHORT", "CAROUSEL", "POLL", name="content_type", create_type=False
)
DECISION = postgresql.ENUM("APPROVED", "CHANGES_ASKED", name="decision", create_type=False)
POST_STATUS = postgresql.ENUM(
    "SCHEDULED",
    "PUBLISHING",
    "PUBLISHED",
    "FAILED",
    "CANCELLED",
    "RETRYING",
    "UNCONFIRMED",
    "MISSED",
    name="post_status",
    create_type=False,
)
METRIC_TYPE = postgresql.ENUM("ENGAGEMENT", "REACH", "CONVERSION", "GROWTH", name="metric_type", create_type=False)
ATTEMPT_OUTCOME = postgresql.ENUM(
    "ARMED",
    "PUBLISHED",
    "RATE_LIMITED",
    "UNAUTHORIZED",
    "REJECTED",
    "UNREACHABLE",
    "UNKNOWN",
    "ABSENT",
    name="attempt_outcome",
    create_type=False,
)

ENUMS = (
    USER_ROLE,
    STAGE,
    SUBSCRIPTION_STATUS,
    STRATEGY_STATUS,
    ASSET_TYPE,
    APPROVAL_MODE,
    FACT_KIND,
    REQUEST_KIND,
    REQUEST_STATUS,
    MEMBER_ROLE,
    DELIVERY_STATUS,
    PLATFORM,
    SERIES_STATUS,
    CONTENT_STATUS,
    CONTENT_TYPE,
    DECISION,
    POST_STATUS,
    METRIC_TYPE,
    ATTEMPT_OUTCOME,
)

JSON_SUM = """
CREATE FUNCTION json_sum(document jsonb, key text) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT coalesce(sum((item ->> key)::numeric), 0) FROM jsonb_array_elements(document) AS item $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(JSON_SUM)
    for kind in ENUMS:
        kind.create(op.get_bind())
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("image", sa.Text(), nullable=True),
        sa.Column("plan", sa.Text(), server_default="self-hosted", nullable=False),
        sa.Column("role", USER_ROLE, server_default="USER", nullable=False),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("email LIKE '_%@_%'", name="ck_users_email_form"),
        sa.CheckConstraint("char_length(email) <= 320", name="ck_users_email_length"),
        sa.CheckConstraint("char_length(image) <= 2000", name="ck_users_image_length"),
        sa.CheckConstraint("char_length(name) <= 200", name="ck_users_name_length"),
        sa.CheckConstraint("char_length(password_hash) <= 500", name="ck_users_password_hash_length"),
        sa.CheckConstraint("char_length(plan) <= 50", name="ck_users_plan_length"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )
    op.create_index("uq_users_email", "users", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("stage", STAGE, nullable=True),
        sa.Column("pricing", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("tagline", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("markets", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default="{en}", nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("brief", postgresql.JSONB(), nullable=False),
        sa.Column("brief_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("jsonb_typeof(brief) = 'object'", name="ck_organizations_brief_object"),
        sa.CheckConstraint("brief_version >= 1", name="ck_organizations_brief_version_counts"),
        sa.CheckConstraint("cardinality(languages) > 0", name="ck_organizations_language_given"),
        sa.CheckConstraint("char_length(btrim(name)) > 0", name="ck_organizations_name_given"),
        sa.CheckConstraint("char_length(category) <= 200", name="ck_organizations_category_length"),
        sa.CheckConstraint("char_length(description) <= 10000", name="ck_organizations_description_length"),
        sa.CheckConstraint("char_length(name) <= 200", name="ck_organizations_name_length"),
        sa.CheckConstraint("char_length(pricing) <= 2000", name="ck_organizations_pricing_length"),
        sa.CheckConstraint("char_length(tagline) <= 500", name="ck_organizations_tagline_length"),
        sa.CheckConstraint("char_length(time_zone) <= 64", name="ck_organizations_time_zone_length"),
        sa.CheckConstraint("char_length(url) <= 2000", name="ck_organizations_url_length"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_organizations_owner_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_organizations"),
    )
    op.create_index("ix_organizations_owner_id", "organizations", ["owner_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(user_agent) <= 500", name="ck_sessions_user_agent_length"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("status", SUBSCRIPTION_STATUS, nullable=False),
        sa.Column("stripe_customer_id", sa.Text(), nullable=True),
        sa.Column("stripe_subscription_id", sa.Text(), nullable=True),
        sa.Column("trial_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_at_period_end", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(plan_id) <= 50", name="ck_subscriptions_plan_id_length"),
        sa.CheckConstraint("char_length(stripe_customer_id) <= 255", name="ck_subscriptions_stripe_customer_id_length"),
        sa.CheckConstraint(
            "char_length(stripe_subscription_id) <= 255", name="ck_subscriptions_stripe_subscription_id_length"
        ),
        sa.CheckConstraint("period_end >= period_start", name="ck_subscriptions_period_order"),
        sa.CheckConstraint("trial_end >= trial_start", name="ck_subscriptions_trial_order"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_subscriptions_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint("stripe_customer_id", name="uq_subscriptions_stripe_customer_id"),
        sa.UniqueConstraint("stripe_subscription_id", name="uq_subscriptions_stripe_subscription_id"),
    )
    op.create_index("ix_subscriptions_user_id", "subscriptions", ["user_id"], unique=False)
    op.create_index(
        "uq_subscriptions_live",
        "subscriptions",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('ACTIVE', 'TRIALING', 'PAST_DUE')"),
    )
    op.create_table(
        "usage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("posts_generated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("posts_published", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("strategies_generated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("organizations_created", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("extract(day FROM month) = 1", name="ck_usage_month_first_day"),
        sa.CheckConstraint(
            "posts_generated >= 0 AND posts_published >= 0 AND strategies_generated >= 0 AND organizations_created >= 0",
            name="ck_usage_counters",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_usage_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_usage"),
        sa.UniqueConstraint("user_id", "month", name="uq_usage_user_id_month"),
    )
    op.create_table(
        "ai_strategies",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", STRATEGY_STATUS, server_default="PROPOSED", nullable=False),
        sa.Column("positioning", postgresql.JSONB(), nullable=False),
        sa.Column("audience_segments", postgresql.JSONB(), nullable=False),
        sa.Column("content_pillars", postgresql.JSONB(), nullable=False),
        sa.Column("channel_plan", postgresql.JSONB(), nullable=False),
        sa.Column("cadence", postgresql.JSONB(), nullable=False),
        sa.Column("calendar_skeleton", postgresql.JSONB(), nullable=False),
        sa.Column("generated_by", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("json_sum(content_pillars, 'share') = 100", name="ck_ai_strategies_shares_sum"),
        sa.CheckConstraint(
            "jsonb_typeof(audience_segments) = 'array'", name="ck_ai_strategies_audience_segments_array"
        ),
        sa.CheckConstraint("jsonb_typeof(cadence) = 'object'", name="ck_ai_strategies_cadence_object"),
        sa.CheckConstraint(
            "jsonb_typeof(calendar_skeleton) = 'array'", name="ck_ai_strategies_calendar_skeleton_array"
        ),
        sa.CheckConstraint("jsonb_typeof(channel_plan) = 'array'", name="ck_ai_strategies_channel_plan_array"),
        sa.CheckConstraint("jsonb_typeof(content_pillars) = 'array'", name="ck_ai_strategies_content_pillars_array"),
        sa.CheckConstraint("jsonb_typeof(positioning) = 'object'", name="ck_ai_strategies_positioning_object"),
        sa.CheckConstraint(
            "status <> 'ACTIVE' OR accepted_at IS NOT NULL", name="ck_ai_strategies_active_was_accepted"
        ),
        sa.CheckConstraint("char_length(generated_by) <= 200", name="ck_ai_strategies_generated_by_length"),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name="ck_ai_strategies_confidence"),
        sa.CheckConstraint("version >= 1", name="ck_ai_strategies_version_counts"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_ai_strategies_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_ai_strategies"),
        sa.UniqueConstraint("organization_id", "request_id", name="uq_ai_strategies_request_id"),
        sa.UniqueConstraint("organization_id", "version", name="uq_ai_strategies_version"),
    )
    op.create_index(
        "uq_ai_strategies_active",
        "ai_strategies",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("status = 'ACTIVE'"),
    )
    op.create_table(
        "assets",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("original_name", sa.Text(), nullable=False),
        sa.Column("type", ASSET_TYPE, nullable=False),
        sa.Column("mime_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("duration_seconds", sa.Double(), nullable=True),
        sa.Column("alt_text", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(alt_text) <= 2000", name="ck_assets_alt_text_length"),
        sa.CheckConstraint("char_length(bucket) <= 255", name="ck_assets_bucket_length"),
        sa.CheckConstraint("char_length(description) <= 5000", name="ck_assets_description_length"),
        sa.CheckConstraint("char_length(filename) <= 255", name="ck_assets_filename_length"),
        sa.CheckConstraint("char_length(mime_type) <= 255", name="ck_assets_mime_type_length"),
        sa.CheckConstraint("char_length(original_name) <= 500", name="ck_assets_original_name_length"),
        sa.CheckConstraint("char_length(storage_key) <= 500", name="ck_assets_storage_key_length"),
        sa.CheckConstraint("char_length(title) <= 500", name="ck_assets_title_length"),
        sa.CheckConstraint("duration_seconds >= 0", name="ck_assets_duration"),
        sa.CheckConstraint("octet_length(checksum) = 32", name="ck_assets_checksum_sha256"),
        sa.CheckConstraint("size >= 0", name="ck_assets_size"),
        sa.CheckConstraint("width > 0 AND height > 0", name="ck_assets_dimensions"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_assets_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_assets"),
        sa.UniqueConstraint("organization_id", "storage_key", name="uq_assets_storage_key"),
    )
    op.create_index("ix_assets_tags", "assets", ["tags"], unique=False, postgresql_using="gin")
    op.create_table(
        "brand_rules",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tone", sa.Text(), nullable=True),
        sa.Column("voice", sa.Text(), nullable=True),
        sa.Column("allowed_phrases", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("forbidden_phrases", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("allowed_hashtags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("forbidden_hashtags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("compliance_notes", sa.Text(), nullable=True),
        sa.Column("legal_disclaimer", sa.Text(), nullable=True),
        sa.Column("claims_to_avoid", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("approval_mode", APPROVAL_MODE, server_default="MANUAL", nullable=False),
        sa.Column("auto_approval_rules", postgresql.JSONB(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "jsonb_typeof(auto_approval_rules) = 'object'", name="ck_brand_rules_auto_approval_rules_object"
        ),
        sa.CheckConstraint("char_length(compliance_notes) <= 10000", name="ck_brand_rules_compliance_notes_length"),
        sa.CheckConstraint("char_length(legal_disclaimer) <= 2000", name="ck_brand_rules_legal_disclaimer_length"),
        sa.CheckConstraint("char_length(tone) <= 1000", name="ck_brand_rules_tone_length"),
        sa.CheckConstraint("char_length(voice) <= 2000", name="ck_brand_rules_voice_length"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_brand_rules_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_brand_rules"),
        sa.UniqueConstraint("organization_id", name="uq_brand_rules_organization_id"),
    )
    op.create_table(
        "content_pillars",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("color", sa.Text(), nullable=True),
        sa.Column("emoji", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("sort_order", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("color ~ '^#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?$'", name="ck_content_pillars_color_hex"),
        sa.CheckConstraint("char_length(color) <= 9", name="ck_content_pillars_color_length"),
        sa.CheckConstraint("char_length(description) <= 2000", name="ck_content_pillars_description_length"),
        sa.CheckConstraint("char_length(emoji) <= 16", name="ck_content_pillars_emoji_length"),
        sa.CheckConstraint("char_length(name) <= 200", name="ck_content_pillars_name_length"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_content_pillars_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_content_pillars"),
        sa.UniqueConstraint("organization_id", "name", name="uq_content_pillars_name"),
    )
    op.create_table(
        "facts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("kind", FACT_KIND, nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(btrim(statement)) > 0", name="ck_facts_statement_given"),
        sa.CheckConstraint("char_length(source) <= 2000", name="ck_facts_source_length"),
        sa.CheckConstraint("char_length(statement) <= 2000", name="ck_facts_statement_length"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_facts_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name="fk_facts_recorded_by", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_facts"),
        sa.UniqueConstraint("organization_id", "statement", name="uq_facts_statement"),
    )
    op.create_index("ix_facts_recorded_by", "facts", ["recorded_by"], unique=False)
    op.create_table(
        "founders",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("linkedin_url", sa.Text(), nullable=True),
        sa.Column("twitter_handle", sa.Text(), nullable=True),
        sa.Column("bio", sa.Text(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(bio) <= 5000", name="ck_founders_bio_length"),
        sa.CheckConstraint("char_length(email) <= 320", name="ck_founders_email_length"),
        sa.CheckConstraint("char_length(image_url) <= 2000", name="ck_founders_image_url_length"),
        sa.CheckConstraint("char_length(linkedin_url) <= 2000", name="ck_founders_linkedin_url_length"),
        sa.CheckConstraint("char_length(name) <= 200", name="ck_founders_name_length"),
        sa.CheckConstraint("char_length(role) <= 200", name="ck_founders_role_length"),
        sa.CheckConstraint("char_length(twitter_handle) <= 100", name="ck_founders_twitter_handle_length"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_founders_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_founders"),
    )
    op.create_index(
        "uq_founders_primary", "founders", ["organization_id"], unique=True, postgresql_where=sa.text("is_primary")
    )
    op.create_table(
        "generation_requests",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", REQUEST_KIND, nullable=False),
        sa.Column("status", REQUEST_STATUS, server_default="PENDING", nullable=False),
        sa.Column("wanted", postgresql.JSONB(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_count", sa.Integer(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'RUNNING') = (claimed_until IS NOT NULL)", name="ck_generation_requests_running_is_claimed"
        ),
        sa.CheckConstraint(
            "(status IN ('DONE', 'FAILED')) = (finished_at IS NOT NULL)",
            name="ck_generation_requests_finished_has_time",
        ),
        sa.CheckConstraint("jsonb_typeof(wanted) = 'object'", name="ck_generation_requests_wanted_object"),
        sa.CheckConstraint(
            "attempts >= 0 AND done_count >= 0 AND total_count >= done_count", name="ck_generation_requests_counters"
        ),
        sa.CheckConstraint("char_length(error_message) <= 2000", name="ck_generation_requests_error_message_length"),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["users.id"], name="fk_generation_requests_asked_by", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_generation_requests_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_generation_requests"),
    )
    op.create_index("ix_generation_requests_asked_by", "generation_requests", ["asked_by"], unique=False)
    op.create_index(
        "ix_generation_requests_owed",
        "generation_requests",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('PENDING', 'RUNNING')"),
    )
    op.create_table(
        "memberships",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", MEMBER_ROLE, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_memberships_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_memberships_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_memberships"),
        sa.UniqueConstraint("organization_id", "user_id", name="uq_memberships_user_id"),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"], unique=False)
    op.create_table(
        "notifications",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("3"), nullable=False),
        sa.Column("status", DELIVERY_STATUS, server_default="PENDING", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(status = 'SENT') = (delivered_at IS NOT NULL)", name="ck_notifications_sent_has_time"),
        sa.CheckConstraint("jsonb_typeof(data) = 'object'", name="ck_notifications_data_object"),
        sa.CheckConstraint("attempts >= 0", name="ck_notifications_counters"),
        sa.CheckConstraint("char_length(error_message) <= 2000", name="ck_notifications_error_message_length"),
        sa.CheckConstraint("char_length(key) <= 200", name="ck_notifications_key_length"),
        sa.CheckConstraint("char_length(recipient) <= 320", name="ck_notifications_recipient_length"),
        sa.CheckConstraint("char_length(template) <= 100", name="ck_notifications_template_length"),
        sa.CheckConstraint("priority BETWEEN 1 AND 5", name="ck_notifications_priority"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_notifications_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_notifications_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_notifications"),
        sa.UniqueConstraint("organization_id", "user_id", "key", name="uq_notifications_user_id_key"),
    )
    op.create_index(
        "ix_notifications_owed",
        "notifications",
        ["priority", "created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.create_index("ix_notifications_user_id", "notifications", ["user_id"], unique=False)
    op.create_table(
        "oauth_flows",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("platform", PLATFORM, nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_verifier", sa.LargeBinary(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(connector) <= 50", name="ck_oauth_flows_connector_length"),
        sa.CheckConstraint("char_length(redirect_uri) <= 2000", name="ck_oauth_flows_redirect_uri_length"),
        sa.CheckConstraint("char_length(server) <= 500", name="ck_oauth_flows_server_length"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_oauth_flows_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_oauth_flows_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_oauth_flows"),
    )
    op.create_index("ix_oauth_flows_user_id", "oauth_flows", ["user_id"], unique=False)
    op.create_index("uq_oauth_flows_state", "oauth_flows", ["organization_id", "state_hash"], unique=True)
    op.create_table(
        "series",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("platform", PLATFORM, nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("total_posts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("published_posts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("status", SERIES_STATUS, server_default="ACTIVE", nullable=False),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(cadence) <= 100", name="ck_series_cadence_length"),
        sa.CheckConstraint("char_length(description) <= 2000", name="ck_series_description_length"),
        sa.CheckConstraint("char_length(name) <= 200", name="ck_series_name_length"),
        sa.CheckConstraint("end_date >= start_date", name="ck_series_date_order"),
        sa.CheckConstraint("total_posts >= 0 AND published_posts >= 0", name="ck_series_counters"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_series_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_series"),
        sa.UniqueConstraint("organization_id", "name", name="uq_series_name"),
    )
    op.create_table(
        "social_accounts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("platform", PLATFORM, nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("profile_url", sa.Text(), nullable=True),
        sa.Column("access_token", sa.LargeBinary(), nullable=True),
        sa.Column("refresh_token", sa.LargeBinary(), nullable=True),
        sa.Column("token_type", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("followers", sa.Integer(), nullable=True),
        sa.Column("following", sa.Integer(), nullable=True),
        sa.Column("posts", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("last_sync_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("NOT is_active OR access_token IS NOT NULL", name="ck_social_accounts_active_has_token"),
        sa.CheckConstraint("char_length(account_id) <= 300", name="ck_social_accounts_account_id_length"),
        sa.CheckConstraint("char_length(connector) <= 50", name="ck_social_accounts_connector_length"),
        sa.CheckConstraint("char_length(display_name) <= 300", name="ck_social_accounts_display_name_length"),
        sa.CheckConstraint("char_length(error_message) <= 2000", name="ck_social_accounts_error_message_length"),
        sa.CheckConstraint("char_length(handle) <= 300", name="ck_social_accounts_handle_length"),
        sa.CheckConstraint("char_length(profile_url) <= 2000", name="ck_social_accounts_profile_url_length"),
        sa.CheckConstraint("char_length(scope) <= 2000", name="ck_social_accounts_scope_length"),
        sa.CheckConstraint("char_length(server) <= 500", name="ck_social_accounts_server_length"),
        sa.CheckConstraint("char_length(token_type) <= 50", name="ck_social_accounts_token_type_length"),
        sa.CheckConstraint("followers >= 0 AND following >= 0 AND posts >= 0", name="ck_social_accounts_counters"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_social_accounts_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_social_accounts"),
    )
    op.create_index(
        "uq_social_accounts_identity",
        "social_accounts",
        ["organization_id", "platform", "connector", sa.literal_column("coalesce(account_id, handle)")],
        unique=True,
    )
    op.create_table(
        "content_pieces",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pillar_id", sa.Uuid(), nullable=True),
        sa.Column("strategy_id", sa.Uuid(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("sequence_no", sa.Integer(), nullable=True),
        sa.Column("platform", PLATFORM, nullable=False),
        sa.Column("status", CONTENT_STATUS, server_default="DRAFT", nullable=False),
        sa.Column("type", CONTENT_TYPE, server_default="POST", nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("parts", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("hashtags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("mentions", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("cta", sa.Text(), nullable=True),
        sa.Column("hook", sa.Text(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("media_refs", postgresql.JSONB(), nullable=True),
        sa.Column("planned_for", sa.Date(), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rationale", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("generated_by", sa.Text(), nullable=True),
        sa.Column("slot_key", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("jsonb_typeof(media_refs) = 'array'", name="ck_content_pieces_media_refs_array"),
        sa.CheckConstraint(
            "status <> 'PUBLISHED' OR published_at IS NOT NULL", name="ck_content_pieces_published_has_time"
        ),
        sa.CheckConstraint(
            "status <> 'SCHEDULED' OR scheduled_at IS NOT NULL", name="ck_content_pieces_scheduled_has_time"
        ),
        sa.CheckConstraint("(series_id IS NULL) = (sequence_no IS NULL)", name="ck_content_pieces_series_has_sequence"),
        sa.CheckConstraint("char_length(body) <= 100000", name="ck_content_pieces_body_length"),
        sa.CheckConstraint("char_length(btrim(body)) > 0", name="ck_content_pieces_body_given"),
        sa.CheckConstraint("char_length(cta) <= 1000", name="ck_content_pieces_cta_length"),
        sa.CheckConstraint("char_length(generated_by) <= 200", name="ck_content_pieces_generated_by_length"),
        sa.CheckConstraint("char_length(hook) <= 1000", name="ck_content_pieces_hook_length"),
        sa.CheckConstraint("char_length(rationale) <= 2000", name="ck_content_pieces_rationale_length"),
        sa.CheckConstraint("char_length(slot_key) <= 100", name="ck_content_pieces_slot_key_length"),
        sa.CheckConstraint("char_length(theme) <= 500", name="ck_content_pieces_theme_length"),
        sa.CheckConstraint("char_length(title) <= 500", name="ck_content_pieces_title_length"),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name="ck_content_pieces_confidence"),
        sa.CheckConstraint("revision >= 1", name="ck_content_pieces_revision_counts"),
        sa.CheckConstraint("sequence_no >= 1", name="ck_content_pieces_sequence_counts"),
        sa.ForeignKeyConstraint(
            ["organization_id", "pillar_id"],
            ["content_pillars.organization_id", "content_pillars.id"],
            name="fk_content_pieces_pillar_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "series_id"],
            ["series.organization_id", "series.id"],
            name="fk_content_pieces_series_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "strategy_id"],
            ["ai_strategies.organization_id", "ai_strategies.id"],
            name="fk_content_pieces_strategy_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_content_pieces_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_content_pieces"),
        sa.UniqueConstraint(
            "organization_id", "series_id", "sequence_no", name="uq_content_pieces_series_id_sequence_no"
        ),
        sa.UniqueConstraint(
            "organization_id", "strategy_id", "slot_key", name="uq_content_pieces_strategy_id_slot_key"
        ),
    )
    op.create_index(
        "ix_content_pieces_library", "content_pieces", ["organization_id", "status", "planned_for", "id"], unique=False
    )
    op.create_index("ix_content_pieces_pillar", "content_pieces", ["organization_id", "pillar_id"], unique=False)
    op.create_table(
        "content_revisions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("piece_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("parts", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("hashtags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(author) <= 200", name="ck_content_revisions_author_length"),
        sa.CheckConstraint("char_length(body) <= 100000", name="ck_content_revisions_body_length"),
        sa.CheckConstraint("char_length(btrim(body)) > 0", name="ck_content_revisions_body_given"),
        sa.CheckConstraint("char_length(title) <= 500", name="ck_content_revisions_title_length"),
        sa.CheckConstraint("number >= 1", name="ck_content_revisions_number_counts"),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name="fk_content_revisions_author_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "piece_id"],
            ["content_pieces.organization_id", "content_pieces.id"],
            name="fk_content_revisions_piece_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_content_revisions_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_content_revisions"),
        sa.UniqueConstraint("organization_id", "piece_id", "number", name="uq_content_revisions_piece_id_number"),
    )
    op.create_index("ix_content_revisions_author_id", "content_revisions", ["author_id"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("piece_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("decision", DECISION, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(decided_by) <= 200", name="ck_approvals_decided_by_length"),
        sa.CheckConstraint("char_length(note) <= 2000", name="ck_approvals_note_length"),
        sa.CheckConstraint("char_length(override_reason) <= 2000", name="ck_approvals_override_reason_length"),
        sa.CheckConstraint("override_reason IS NULL OR user_id IS NOT NULL", name="ck_approvals_override_by_person"),
        sa.ForeignKeyConstraint(
            ["organization_id", "piece_id", "revision"],
            ["content_revisions.organization_id", "content_revisions.piece_id", "content_revisions.number"],
            name="fk_approvals_piece_id_revision",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_approvals_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_approvals_user_id", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_approvals"),
    )
    op.create_index(
        "ix_approvals_history", "approvals", ["organization_id", "piece_id", "revision", "decided_at"], unique=False
    )
    op.create_index("ix_approvals_user_id", "approvals", ["user_id"], unique=False)
    op.create_index(
        "uq_approvals_revision",
        "approvals",
        ["organization_id", "piece_id", "revision"],
        unique=True,
        postgresql_where=sa.text("decision = 'APPROVED'"),
    )
    op.create_table(
        "scheduled_posts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content_piece_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("social_account_id", sa.Uuid(), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("local_time", sa.DateTime(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", POST_STATUS, server_default="SCHEDULED", nullable=False),
        sa.Column("platform_post_id", sa.Text(), nullable=True),
        sa.Column("platform_url", sa.Text(), nullable=True),
        sa.Column("attempt_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("max_attempts", sa.Integer(), server_default=sa.text("3"), nullable=False),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_kind", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'PUBLISHED') = (published_at IS NOT NULL) AND (status <> 'PUBLISHED' OR platform_post_id IS NOT NULL OR platform_url IS NOT NULL)",
            name="ck_scheduled_posts_published_has_proof",
        ),
        sa.CheckConstraint(
            "(status = 'PUBLISHING') = (claimed_by IS NOT NULL AND claimed_until IS NOT NULL)",
            name="ck_scheduled_posts_claim",
        ),
        sa.CheckConstraint(
            "status <> 'RETRYING' OR next_attempt_at IS NOT NULL", name="ck_scheduled_posts_retrying_has_time"
        ),
        sa.CheckConstraint(
            "status NOT IN ('FAILED', 'MISSED') OR error_message IS NOT NULL",
            name="ck_scheduled_posts_failure_has_reason",
        ),
        sa.CheckConstraint("(local_time IS NULL) = (time_zone IS NULL)", name="ck_scheduled_posts_local_time_has_zone"),
        sa.CheckConstraint("attempt_count BETWEEN 0 AND max_attempts", name="ck_scheduled_posts_attempts"),
        sa.CheckConstraint("char_length(claimed_by) <= 200", name="ck_scheduled_posts_claimed_by_length"),
        sa.CheckConstraint("char_length(error_kind) <= 50", name="ck_scheduled_posts_error_kind_length"),
        sa.CheckConstraint("char_length(error_message) <= 2000", name="ck_scheduled_posts_error_message_length"),
        sa.CheckConstraint("char_length(idempotency_key) <= 100", name="ck_scheduled_posts_idempotency_key_length"),
        sa.CheckConstraint("char_length(platform_post_id) <= 500", name="ck_scheduled_posts_platform_post_id_length"),
        sa.CheckConstraint("char_length(platform_url) <= 2000", name="ck_scheduled_posts_platform_url_length"),
        sa.CheckConstraint("char_length(time_zone) <= 64", name="ck_scheduled_posts_time_zone_length"),
        sa.ForeignKeyConstraint(
            ["organization_id", "content_piece_id", "revision"],
            ["content_revisions.organization_id", "content_revisions.piece_id", "content_revisions.number"],
            name="fk_scheduled_posts_content_piece_id_revision",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "content_piece_id"],
            ["content_pieces.organization_id", "content_pieces.id"],
            name="fk_scheduled_posts_content_piece_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "social_account_id"],
            ["social_accounts.organization_id", "social_accounts.id"],
            name="fk_scheduled_posts_social_account_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_scheduled_posts_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_scheduled_posts"),
        sa.UniqueConstraint("organization_id", "idempotency_key", name="uq_scheduled_posts_idempotency_key"),
    )
    op.create_index(
        "ix_scheduled_posts_account",
        "scheduled_posts",
        ["organization_id", "social_account_id", "scheduled_at"],
        unique=False,
    )
    op.create_index(
        "ix_scheduled_posts_again",
        "scheduled_posts",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('RETRYING', 'UNCONFIRMED')"),
    )
    op.create_index(
        "ix_scheduled_posts_calendar", "scheduled_posts", ["organization_id", "scheduled_at", "id"], unique=False
    )
    op.create_index(
        "ix_scheduled_posts_claims",
        "scheduled_posts",
        ["claimed_until"],
        unique=False,
        postgresql_where=sa.text("status = 'PUBLISHING'"),
    )
    op.create_index(
        "ix_scheduled_posts_due",
        "scheduled_posts",
        ["scheduled_at"],
        unique=False,
        postgresql_where=sa.text("status = 'SCHEDULED'"),
    )
    op.create_index(
        "ix_scheduled_posts_piece", "scheduled_posts", ["organization_id", "content_piece_id", "revision"], unique=False
    )
    op.create_index(
        "ix_scheduled_posts_published",
        "scheduled_posts",
        ["published_at"],
        unique=False,
        postgresql_where=sa.text("status = 'PUBLISHED'"),
    )
    op.create_table(
        "analytics",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content_piece_id", sa.Uuid(), nullable=True),
        sa.Column("scheduled_post_id", sa.Uuid(), nullable=True),
        sa.Column("social_account_id", sa.Uuid(), nullable=True),
        sa.Column("platform", PLATFORM, nullable=False),
        sa.Column("metric_type", METRIC_TYPE, nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=True),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("comments", sa.BigInteger(), nullable=True),
        sa.Column("shares", sa.BigInteger(), nullable=True),
        sa.Column("saves", sa.BigInteger(), nullable=True),
        sa.Column("clicks", sa.BigInteger(), nullable=True),
        sa.Column("reach", sa.BigInteger(), nullable=True),
        sa.Column("followers_delta", sa.BigInteger(), nullable=True),
        sa.Column("website_clicks", sa.BigInteger(), nullable=True),
        sa.Column("signups", sa.BigInteger(), nullable=True),
        sa.Column("demos", sa.BigInteger(), nullable=True),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("engagement_rate", sa.Double(), nullable=True),
        sa.Column("ctr", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("engagement_rate BETWEEN 0 AND 1 AND ctr BETWEEN 0 AND 1", name="ck_analytics_rates"),
        sa.CheckConstraint(
            "impressions >= 0 AND likes >= 0 AND comments >= 0 AND shares >= 0 AND saves >= 0 AND clicks >= 0 AND reach >= 0 AND website_clicks >= 0 AND signups >= 0 AND demos >= 0",
            name="ck_analytics_counters",
        ),
        sa.CheckConstraint("period_end >= period_start", name="ck_analytics_period_order"),
        sa.ForeignKeyConstraint(
            ["organization_id", "content_piece_id"],
            ["content_pieces.organization_id", "content_pieces.id"],
            name="fk_analytics_content_piece_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "scheduled_post_id"],
            ["scheduled_posts.organization_id", "scheduled_posts.id"],
            name="fk_analytics_scheduled_post_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "social_account_id"],
            ["social_accounts.organization_id", "social_accounts.id"],
            name="fk_analytics_social_account_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_analytics_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", "collected_at", name="pk_analytics"),
        sa.UniqueConstraint(
            "organization_id",
            "scheduled_post_id",
            "metric_type",
            "collected_at",
            name="uq_analytics_scheduled_post_id_metric_type_collected_at",
        ),
        postgresql_partition_by="RANGE (collected_at)",
    )
    op.create_index("ix_analytics_account", "analytics", ["organization_id", "social_account_id"], unique=False)
    op.create_index("ix_analytics_piece", "analytics", ["organization_id", "content_piece_id"], unique=False)
    op.create_table(
        "publish_attempts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheduled_post_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("outcome", ATTEMPT_OUTCOME, server_default="ARMED", nullable=False),
        sa.Column("armed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=True),
        sa.Column("text_sent", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("platform_post_id", sa.Text(), nullable=True),
        sa.Column("platform_url", sa.Text(), nullable=True),
        sa.Column("error_kind", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("reply", postgresql.JSONB(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(outcome = 'ARMED') = (finished_at IS NULL)", name="ck_publish_attempts_armed_is_open"),
        sa.CheckConstraint("jsonb_typeof(reply) = 'object'", name="ck_publish_attempts_reply_object"),
        sa.CheckConstraint(
            "outcome <> 'PUBLISHED' OR platform_post_id IS NOT NULL", name="ck_publish_attempts_published_has_id"
        ),
        sa.CheckConstraint("char_length(error_kind) <= 50", name="ck_publish_attempts_error_kind_length"),
        sa.CheckConstraint("char_length(error_message) <= 2000", name="ck_publish_attempts_error_message_length"),
        sa.CheckConstraint("char_length(key) <= 100", name="ck_publish_attempts_key_length"),
        sa.CheckConstraint("char_length(platform_post_id) <= 500", name="ck_publish_attempts_platform_post_id_length"),
        sa.CheckConstraint("char_length(platform_url) <= 2000", name="ck_publish_attempts_platform_url_length"),
        sa.CheckConstraint("char_length(record_key) <= 100", name="ck_publish_attempts_record_key_length"),
        sa.CheckConstraint("char_length(text_sent) <= 100000", name="ck_publish_attempts_text_sent_length"),
        sa.CheckConstraint("char_length(worker) <= 200", name="ck_publish_attempts_worker_length"),
        sa.CheckConstraint("number >= 1 AND part >= 0", name="ck_publish_attempts_counters"),
        sa.CheckConstraint("octet_length(text_hash) = 32", name="ck_publish_attempts_text_hash_sha256"),
        sa.ForeignKeyConstraint(
            ["organization_id", "scheduled_post_id"],
            ["scheduled_posts.organization_id", "scheduled_posts.id"],
            name="fk_publish_attempts_scheduled_post_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_publish_attempts_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_publish_attempts"),
        sa.UniqueConstraint(
            "organization_id",
            "scheduled_post_id",
            "part",
            "number",
            name="uq_publish_attempts_scheduled_post_id_part_number",
        ),
    )
    op.create_index(
        "uq_publish_attempts_part_published",
        "publish_attempts",
        ["organization_id", "scheduled_post_id", "part"],
        unique=True,
        postgresql_where=sa.text("outcome = 'PUBLISHED'"),
    )
    op.create_table(
        "weekly_summaries",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("week_start", sa.Date(), nullable=False),
        sa.Column("week_end", sa.Date(), nullable=False),
        sa.Column("report_md", sa.Text(), nullable=False),
        sa.Column("recommendations", postgresql.JSONB(), nullable=True),
        sa.Column("key_insights", postgresql.JSONB(), nullable=True),
        sa.Column("total_posts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("avg_engagement", sa.Double(), nullable=True),
        sa.Column("top_performer_id", sa.Uuid(), nullable=True),
        sa.Column("accepted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("jsonb_typeof(key_insights) = 'array'", name="ck_weekly_summaries_key_insights_array"),
        sa.CheckConstraint("jsonb_typeof(recommendations) = 'array'", name="ck_weekly_summaries_recommendations_array"),
        sa.CheckConstraint("accepted = (accepted_at IS NOT NULL)", name="ck_weekly_summaries_accepted_has_time"),
        sa.CheckConstraint("avg_engagement BETWEEN 0 AND 1", name="ck_weekly_summaries_engagement"),
        sa.CheckConstraint("char_length(report_md) <= 100000", name="ck_weekly_summaries_report_md_length"),
        sa.CheckConstraint("total_posts >= 0", name="ck_weekly_summaries_counters"),
        sa.CheckConstraint(
            "week_end = week_start + 6 AND extract(isodow FROM week_start) = 1", name="ck_weekly_summaries_week"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "top_performer_id"],
            ["scheduled_posts.organization_id", "scheduled_posts.id"],
            name="fk_weekly_summaries_top_performer_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_weekly_summaries_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_weekly_summaries"),
        sa.UniqueConstraint("organization_id", "week_start", name="uq_weekly_summaries_week_start"),
    )
    op.create_index(
        "ix_weekly_summaries_top_performer", "weekly_summaries", ["organization_id", "top_performer_id"], unique=False
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_weekly_summaries_top_performer", table_name="weekly_summaries")
    op.drop_table("weekly_summaries")
    op.drop_index(
        "uq_publish_attempts_part_published",
        table_name="publish_attempts",
        postgresql_where=sa.text("outcome = 'PUBLISHED'"),
    )
    op.drop_table("publish_attempts")
    op.drop_index("ix_analytics_piece", table_name="analytics")
    op.drop_index("ix_analytics_account", table_name="analytics")
    op.drop_table("analytics")
    op.drop_index(
        "ix_scheduled_posts_published", table_name="scheduled_posts", postgresql_where=sa.text("status = 'PUBLISHED'")
    )
    op.drop_index("ix_scheduled_posts_piece", table_name="scheduled_posts")
    op.drop_index(
        "ix_scheduled_posts_due", table_name="scheduled_posts", postgresql_where=sa.text("status = 'SCHEDULED'")
    )
    op.drop_index(
        "ix_scheduled_posts_claims", table_name="scheduled_posts", postgresql_where=sa.text("status = 'PUBLISHING'")
    )
    op.drop_index("ix_scheduled_posts_calendar", table_name="scheduled_posts")
    op.drop_index(
        "ix_scheduled_posts_again",
        table_name="scheduled_posts",
        postgresql_where=sa.text("status IN ('RETRYING', 'UNCONFIRMED')"),
    )
    op.drop_index("ix_scheduled_posts_account", table_name="scheduled_posts")
    op.drop_table("scheduled_posts")
    op.drop_index("uq_approvals_revision", table_name="approvals", postgresql_where=sa.text("decision = 'APPROVED'"))
    op.drop_index("ix_approvals_user_id", table_name="approvals")
    op.drop_index("ix_approvals_history", table_name="approvals")
    op.drop_table("approvals")
    op.drop_index("ix_content_revisions_author_id", table_name="content_revisions")
    op.drop_table("content_revisions")
    op.drop_index("ix_content_pieces_pillar", table_name="content_pieces")
    op.drop_index("ix_content_pieces_library", table_name="content_pieces")
    op.drop_table("content_pieces")
    op.drop_index("uq_social_accounts_identity", table_name="social_accounts")
    op.drop_table("social_accounts")
    op.drop_table("series")
    op.drop_index("uq_oauth_flows_state", table_name="oauth_flows")
    op.drop_index("ix_oauth_flows_user_id", table_name="oauth_flows")
    op.drop_table("oauth_flows")
    op.drop_index("ix_notifications_user_id", table_name="notifications")
    op.drop_index("ix_notifications_owed", table_name="notifications", postgresql_where=sa.text("status = 'PENDING'"))
    op.drop_table("notifications")
    op.drop_index("ix_memberships_user_id", table_name="memberships")
    op.drop_table("memberships")
    op.drop_index(
        "ix_generation_requests_owed",
        table_name="generation_requests",
        postgresql_where=sa.text("status IN ('PENDING', 'RUNNING')"),
    )
    op.drop_index("ix_generation_requests_asked_by", table_name="generation_requests")
    op.drop_table("generation_requests")
    op.drop_index("uq_founders_primary", table_name="founders", postgresql_where=sa.text("is_primary"))
    op.drop_table("founders")
    op.drop_index("ix_facts_recorded_by", table_name="facts")
    op.drop_table("facts")
    op.drop_table("content_pillars")
    op.drop_table("brand_rules")
    op.drop_index("ix_assets_tags", table_name="assets", postgresql_using="gin")
    op.drop_table("assets")
    op.drop_index("uq_ai_strategies_active", table_name="ai_strategies", postgresql_where=sa.text("status = 'ACTIVE'"))
    op.drop_table("ai_strategies")
    op.drop_table("usage")
    op.drop_index(
        "uq_subscriptions_live",
        table_name="subscriptions",
        postgresql_where=sa.text("status IN ('ACTIVE', 'TRIALING', 'PAST_DUE')"),
    )
    op.drop_index("ix_subscriptions_user_id", table_name="subscriptions")
    op.drop_table("subscriptions")
    op.drop_index("ix_sessions_user_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("ix_organizations_owner_id", table_name="organizations")
    op.drop_table("organizations")
    op.drop_index("uq_users_email", table_name="users")
    op.drop_table("users")
    for kind in reversed(ENUMS):
        kind.drop(op.get_bind())
    op.execute("DROP FUNCTION json_sum(jsonb, text)")
