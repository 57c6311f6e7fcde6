CREATE TABLE public.alerts (
    number bigint NOT NULL,
    monitor character varying NOT NULL,
    window_end bigint NOT NULL,
    state character varying NOT NULL,
    summary character varying NOT NULL,
    evidence json NOT NULL,
    created bigint NOT NULL
);
CREATE SEQUENCE public.alerts_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.alerts_number_seq OWNED BY public.alerts.number;
CREATE TABLE public.aliases (
    model character varying NOT NULL,
    alias character varying NOT NULL,
    version integer NOT NULL,
    moved bigint NOT NULL
);
CREATE TABLE public.audit_log (
    number bigint NOT NULL,
    at bigint NOT NULL,
    action character varying NOT NULL,
    subject character varying NOT NULL,
    facts json NOT NULL
);
CREATE SEQUENCE public.audit_log_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_log_number_seq OWNED BY public.audit_log.number;
CREATE TABLE public.model_versions (
    model character varying NOT NULL,
    version integer NOT NULL,
    value_key character varying NOT NULL,
    evaluation_key character varying NOT NULL,
    created bigint NOT NULL,
    facts json NOT NULL
);
CREATE TABLE public.rollouts (
    number bigint NOT NULL,
    endpoint character varying NOT NULL,
    model character varying NOT NULL,
    version integer NOT NULL,
    steps json NOT NULL,
    stage integer NOT NULL,
    state character varying NOT NULL,
    began bigint NOT NULL,
    moved bigint NOT NULL,
    facts json NOT NULL
);
CREATE SEQUENCE public.rollouts_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.rollouts_number_seq OWNED BY public.rollouts.number;
CREATE TABLE public.runs (
    run_id character varying NOT NULL,
    plan_name character varying NOT NULL,
    state character varying NOT NULL,
    started bigint NOT NULL,
    finished bigint,
    facts json NOT NULL
);
CREATE TABLE public.schema_version (
    "only" integer NOT NULL,
    version integer NOT NULL
);
CREATE TABLE public.steps (
    number bigint NOT NULL,
    run_id character varying NOT NULL,
    step_id character varying NOT NULL,
    key character varying NOT NULL,
    state character varying NOT NULL,
    recorded bigint NOT NULL,
    facts json NOT NULL
);
CREATE SEQUENCE public.steps_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.steps_number_seq OWNED BY public.steps.number;
ALTER TABLE ONLY public.alerts ALTER COLUMN number SET DEFAULT nextval('public.alerts_number_seq'::regclass);
ALTER TABLE ONLY public.audit_log ALTER COLUMN number SET DEFAULT nextval('public.audit_log_number_seq'::regclass);
ALTER TABLE ONLY public.rollouts ALTER COLUMN number SET DEFAULT nextval('public.rollouts_number_seq'::regclass);
ALTER TABLE ONLY public.steps ALTER COLUMN number SET DEFAULT nextval('public.steps_number_seq'::regclass);
INSERT INTO public.alerts VALUES (1, 'watch', 5, 'warn', 'drift', '{"psi": 0.3}', 6);
INSERT INTO public.aliases VALUES ('m', 'champion', 1, 10);
INSERT INTO public.aliases VALUES ('m', 'challenger', 2, 13);
INSERT INTO public.audit_log VALUES (1, 4, 'register', 'm@1', '{"value_key": "value one"}');
INSERT INTO public.audit_log VALUES (2, 8, 'register', 'm@2', '{"value_key": "value two"}');
INSERT INTO public.audit_log VALUES (3, 11, 'set_alias', 'm@champion', '{"from": null, "to": 1, "why": "better"}');
INSERT INTO public.audit_log VALUES (4, 12, 'promoted', 'm@1', '{"model": "m"}');
INSERT INTO public.audit_log VALUES (5, 14, 'set_alias', 'm@challenger', '{"from": null, "to": 2, "why": "passed"}');
INSERT INTO public.audit_log VALUES (6, 16, 'rollout_begun', 'm@2', '{"rollout": 1, "endpoint": "api", "model": "m", "version": 2, "share": 0.1, "why": "passed"}');
INSERT INTO public.model_versions VALUES ('m', 1, 'value one', 'evaluation', 3, '{"auc": 0.75}');
INSERT INTO public.model_versions VALUES ('m', 2, 'value two', 'evaluation', 7, '{"auc": 0.75}');
INSERT INTO public.rollouts VALUES (1, 'api', 'm', 2, '[0.1, 1.0]', 0, 'running', 15, 15, '{"why": "passed"}');
INSERT INTO public.runs VALUES ('two', 'plan', 'running', 5, NULL, '{"spec": "\u00fc", "plan": "two"}');
INSERT INTO public.runs VALUES ('one', 'plan', 'done', 1, 9, '{"spec": "\u00fc", "plan": "one"}');
INSERT INTO public.schema_version VALUES (1, 2);
INSERT INTO public.steps VALUES (1, 'one', 'a', 'kone', 'done', 2, '{"seconds": 0.5}');
INSERT INTO public.steps VALUES (2, 'one', 'b', 'kb', 'cached', 2, '{"seconds": 0.5}');
INSERT INTO public.steps VALUES (3, 'one', 'c', '', 'failed', 2, '{"seconds": 0.5}');
INSERT INTO public.steps VALUES (4, 'two', 'a', 'ktwo', 'done', 6, '{"seconds": 0.5}');
INSERT INTO public.steps VALUES (5, 'two', 'b', 'kb', 'cached', 6, '{"seconds": 0.5}');
INSERT INTO public.steps VALUES (6, 'two', 'c', '', 'failed', 6, '{"seconds": 0.5}');
SELECT pg_catalog.setval('public.alerts_number_seq', 1, true);
SELECT pg_catalog.setval('public.audit_log_number_seq', 6, true);
SELECT pg_catalog.setval('public.rollouts_number_seq', 1, true);
SELECT pg_catalog.setval('public.steps_number_seq', 6, true);
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_monitor_window_end_key UNIQUE (monitor, window_end);
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.aliases
    ADD CONSTRAINT aliases_pkey PRIMARY KEY (model, alias);
ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.model_versions
    ADD CONSTRAINT model_versions_model_value_key_key UNIQUE (model, value_key);
ALTER TABLE ONLY public.model_versions
    ADD CONSTRAINT model_versions_pkey PRIMARY KEY (model, version);
ALTER TABLE ONLY public.rollouts
    ADD CONSTRAINT rollouts_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (run_id);
ALTER TABLE ONLY public.schema_version
    ADD CONSTRAINT schema_version_pkey PRIMARY KEY ("only");
ALTER TABLE ONLY public.steps
    ADD CONSTRAINT steps_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.steps
    ADD CONSTRAINT steps_run_id_step_id_key UNIQUE (run_id, step_id);
CREATE INDEX steps_by_step ON public.steps USING btree (step_id, recorded);
ALTER TABLE ONLY public.aliases
    ADD CONSTRAINT aliases_model_version_fkey FOREIGN KEY (model, version) REFERENCES public.model_versions(model, version);
ALTER TABLE ONLY public.rollouts
    ADD CONSTRAINT rollouts_model_version_fkey FOREIGN KEY (model, version) REFERENCES public.model_versions(model, version);
