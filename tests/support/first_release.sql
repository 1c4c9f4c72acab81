BEGIN TRANSACTION;
CREATE TABLE billing_api_key (
	key_hash VARCHAR NOT NULL, 
	hint VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	environment VARCHAR NOT NULL, 
	created_us BIGINT NOT NULL, 
	revoked_us BIGINT, 
	PRIMARY KEY (key_hash)
)
 WITHOUT ROWID

;
CREATE TABLE billing_browser_minute (
	customer_id VARCHAR NOT NULL, 
	feature_key VARCHAR NOT NULL, 
	minute_us BIGINT NOT NULL, 
	calls INTEGER NOT NULL, 
	PRIMARY KEY (customer_id, feature_key, minute_us)
)
 WITHOUT ROWID

;
CREATE TABLE billing_catalog (
	version INTEGER NOT NULL, 
	checksum VARCHAR NOT NULL, 
	source TEXT NOT NULL, 
	created_us BIGINT NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "billing_catalog" VALUES(1,'9041404550d937d2e0560c53dbc6a9172381b975e78c8af998ff4ad82a7a4690','{"default_plan":"only","features":{"api_calls":{"title":"API calls","type":"usage_quota","unit":"call","scale":0}},"plans":{"only":{"rank":1,"features":{"api_calls":{"limit":10,"period":"month"}}}}}',1773144000000000);
CREATE TABLE billing_counter (
	customer_id VARCHAR NOT NULL, 
	feature_key VARCHAR NOT NULL, 
	window_kind VARCHAR NOT NULL, 
	start_us BIGINT NOT NULL, 
	end_us BIGINT NOT NULL, 
	used BIGINT NOT NULL, 
	held BIGINT NOT NULL, 
	PRIMARY KEY (customer_id, feature_key, window_kind, start_us, end_us)
)
 WITHOUT ROWID

;
INSERT INTO "billing_counter" VALUES('anna','api_calls','month',1773144000000000,1775818800000000,8,0);
INSERT INTO "billing_counter" VALUES('ben','api_calls','month',1773144000000000,1775822400000000,0,3);
CREATE TABLE billing_customer (
	customer_id VARCHAR NOT NULL, 
	name VARCHAR, 
	email VARCHAR, 
	timezone VARCHAR NOT NULL, 
	locale VARCHAR NOT NULL, 
	created_us BIGINT NOT NULL, 
	PRIMARY KEY (customer_id)
)
 WITHOUT ROWID

;
INSERT INTO "billing_customer" VALUES('anna','Anna',NULL,'Europe/Berlin','en-US',1773144000000000);
INSERT INTO "billing_customer" VALUES('ben',NULL,NULL,'UTC','en-US',1773144000000000);
CREATE TABLE billing_dismissal (
	customer_id VARCHAR NOT NULL, 
	user_id VARCHAR NOT NULL, 
	feature_key VARCHAR NOT NULL, 
	window_kind VARCHAR NOT NULL, 
	threshold INTEGER NOT NULL, 
	dismissed_us BIGINT NOT NULL, 
	PRIMARY KEY (customer_id, user_id, feature_key, window_kind)
)
 WITHOUT ROWID

;
CREATE TABLE billing_event (
	customer_id VARCHAR NOT NULL, 
	idempotency_key VARCHAR NOT NULL, 
	revision INTEGER NOT NULL, 
	feature_key VARCHAR NOT NULL, 
	operation VARCHAR NOT NULL, 
	quantity BIGINT NOT NULL, 
	requested BIGINT NOT NULL, 
	event_us BIGINT NOT NULL, 
	recorded_us BIGINT NOT NULL, 
	timestamp_given BOOLEAN NOT NULL, 
	backfilled BOOLEAN NOT NULL, 
	receipt_used BIGINT NOT NULL, 
	receipt_held BIGINT NOT NULL, 
	receipt_limit BIGINT, 
	receipt_start_us BIGINT NOT NULL, 
	receipt_end_us BIGINT NOT NULL, 
	details TEXT, 
	PRIMARY KEY (customer_id, idempotency_key, revision)
)
 WITHOUT ROWID

;
INSERT INTO "billing_event" VALUES('anna','first',0,'api_calls','track',8,8,1773144000000000,1773144000000000,0,0,8,0,10,1773144000000000,1775818800000000,'{"path":"/v1"}');
INSERT INTO "billing_event" VALUES('anna','second',0,'api_calls','track',1,1,1773145200000000,1773145200000000,0,0,9,0,10,1773144000000000,1775818800000000,NULL);
INSERT INTO "billing_event" VALUES('anna','second',1,'api_calls','correct',-1,0,1773145200000000,1773145200000000,0,0,8,0,10,1773144000000000,1775818800000000,'{"reason":"twice"}');
CREATE TABLE billing_hold (
	customer_id VARCHAR NOT NULL, 
	hold_id VARCHAR NOT NULL, 
	feature_key VARCHAR NOT NULL, 
	quantity BIGINT NOT NULL, 
	event_us BIGINT NOT NULL, 
	expires_us BIGINT NOT NULL, 
	status VARCHAR NOT NULL, 
	PRIMARY KEY (customer_id, hold_id)
)
 WITHOUT ROWID

;
INSERT INTO "billing_hold" VALUES('ben','held','api_calls',3,1773145200000000,1773148800000000,'held');
CREATE TABLE billing_meta (
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY ("key")
)
 WITHOUT ROWID

;
INSERT INTO "billing_meta" VALUES('schema_version','1');
CREATE TABLE billing_refusal (
	customer_id VARCHAR NOT NULL, 
	feature_key VARCHAR NOT NULL, 
	day_us BIGINT NOT NULL, 
	reason VARCHAR NOT NULL, 
	refused BIGINT NOT NULL, 
	PRIMARY KEY (customer_id, feature_key, day_us, reason)
)
 WITHOUT ROWID

;
INSERT INTO "billing_refusal" VALUES('ben','api_calls',1773100800000000,'quota_exceeded',1);
CREATE TABLE billing_rollup (
	customer_id VARCHAR NOT NULL, 
	feature_key VARCHAR NOT NULL, 
	bucket_us BIGINT NOT NULL, 
	quantity BIGINT NOT NULL, 
	PRIMARY KEY (customer_id, feature_key, bucket_us)
)
 WITHOUT ROWID

;
INSERT INTO "billing_rollup" VALUES('anna','api_calls',1773144000000000,8);
INSERT INTO "billing_rollup" VALUES('anna','api_calls',1773144900000000,0);
CREATE TABLE billing_subscription (
	customer_id VARCHAR NOT NULL, 
	starts_us BIGINT NOT NULL, 
	plan_key VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	anchor_us BIGINT NOT NULL, 
	PRIMARY KEY (customer_id, starts_us)
)
 WITHOUT ROWID

;
INSERT INTO "billing_subscription" VALUES('anna',1773144000000000,'only','active',1773144000000000);
INSERT INTO "billing_subscription" VALUES('ben',1773144000000000,'only','active',1773144000000000);
CREATE TABLE billing_threshold (
	customer_id VARCHAR NOT NULL, 
	feature_key VARCHAR NOT NULL, 
	window_kind VARCHAR NOT NULL, 
	start_us BIGINT NOT NULL, 
	end_us BIGINT NOT NULL, 
	threshold INTEGER NOT NULL, 
	reached_us BIGINT NOT NULL, 
	PRIMARY KEY (customer_id, feature_key, window_kind, start_us, end_us, threshold)
)
 WITHOUT ROWID

;
INSERT INTO "billing_threshold" VALUES('anna','api_calls','month',1773144000000000,1775818800000000,50,1773144000000000);
INSERT INTO "billing_threshold" VALUES('anna','api_calls','month',1773144000000000,1775818800000000,80,1773144000000000);
INSERT INTO "billing_threshold" VALUES('anna','api_calls','month',1773144000000000,1775818800000000,90,1773145200000000);
CREATE INDEX billing_event_by_time ON billing_event (customer_id, feature_key, event_us, idempotency_key, revision);
CREATE INDEX billing_hold_live ON billing_hold (customer_id, feature_key, expires_us) WHERE status = 'held';
COMMIT;
