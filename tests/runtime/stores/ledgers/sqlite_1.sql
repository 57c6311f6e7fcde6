BEGIN TRANSACTION;
CREATE TABLE alerts (
	number INTEGER NOT NULL, 
	monitor VARCHAR NOT NULL, 
	window_end BIGINT NOT NULL, 
	state VARCHAR NOT NULL, 
	summary VARCHAR NOT NULL, 
	evidence JSON NOT NULL, 
	created BIGINT NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (monitor, window_end)
);
INSERT INTO "alerts" VALUES(1,'watch',5,'warn','drift','{"psi": 0.3}',6);
CREATE TABLE aliases (
	model VARCHAR NOT NULL, 
	alias VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	moved BIGINT NOT NULL, 
	PRIMARY KEY (model, alias), 
	FOREIGN KEY(model, version) REFERENCES model_versions (model, version)
);
INSERT INTO "aliases" VALUES('m','champion',1,14);
CREATE TABLE audit_log (
	number INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	action VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	facts JSON NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "audit_log" VALUES(1,6,'register','m@1','{"value_key": "value one"}');
INSERT INTO "audit_log" VALUES(2,12,'register','m@2','{"value_key": "value two"}');
INSERT INTO "audit_log" VALUES(3,15,'set_alias','m@champion','{"from": null, "to": 1, "why": "better"}');
INSERT INTO "audit_log" VALUES(4,16,'promoted','m@1','{"model": "m"}');
CREATE TABLE model_versions (
	model VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	value_key VARCHAR NOT NULL, 
	evaluation_key VARCHAR NOT NULL, 
	created BIGINT NOT NULL, 
	facts JSON NOT NULL, 
	PRIMARY KEY (model, version), 
	UNIQUE (model, value_key)
);
INSERT INTO "model_versions" VALUES('m',1,'value one','evaluation',5,'{"auc": 0.75}');
INSERT INTO "model_versions" VALUES('m',2,'value two','evaluation',11,'{"auc": 0.75}');
CREATE TABLE runs (
	run_id VARCHAR NOT NULL, 
	plan_name VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	started BIGINT NOT NULL, 
	finished BIGINT, 
	facts JSON NOT NULL, 
	PRIMARY KEY (run_id)
);
INSERT INTO "runs" VALUES('one','plan','done',1,13,'{"spec": "\u00fc", "plan": "one"}');
INSERT INTO "runs" VALUES('two','plan','running',7,NULL,'{"spec": "\u00fc", "plan": "two"}');
CREATE TABLE schema_version (
	only INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	PRIMARY KEY (only)
);
INSERT INTO "schema_version" VALUES(1,1);
CREATE TABLE steps (
	number INTEGER NOT NULL, 
	run_id VARCHAR NOT NULL, 
	step_id VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	recorded BIGINT NOT NULL, 
	facts JSON NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (run_id, step_id)
);
INSERT INTO "steps" VALUES(1,'one','a','kone','done',2,'{"seconds": 0.5}');
INSERT INTO "steps" VALUES(2,'one','b','kb','cached',3,'{"seconds": 0.5}');
INSERT INTO "steps" VALUES(3,'one','c','','failed',4,'{"seconds": 0.5}');
INSERT INTO "steps" VALUES(4,'two','a','ktwo','done',8,'{"seconds": 0.5}');
INSERT INTO "steps" VALUES(5,'two','b','kb','cached',9,'{"seconds": 0.5}');
INSERT INTO "steps" VALUES(6,'two','c','','failed',10,'{"seconds": 0.5}');
CREATE INDEX steps_by_step ON steps (step_id, recorded);
COMMIT;
