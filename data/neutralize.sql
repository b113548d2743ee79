-- A copied database must not go on synchronising: no login, no running work.
UPDATE newsletter_connection SET state = 'draft';
UPDATE newsletter_credential SET secret = NULL;
DELETE FROM newsletter_token;
UPDATE newsletter_run SET state = 'stopped'
 WHERE state IN ('collecting', 'queued', 'running');
-- The tools go on calling the original, and a copy must not take that back.
DELETE FROM newsletter_webhook;
DELETE FROM newsletter_delivery;
