-- title: What people did through this bot
-- group: Governance
-- question: What did people change through Sagewatch? The actor is their id in Slack.
-- param: role resource = {operate_role} - the role that the bot acts with
-- limit: 200
-- since: 30d
-- example: bot-actions since=30d
-- expect: actor=U0PRIYANAT | resource=bank-marketing-quality-* | call=StartMonitoringSchedule | result=done
SELECT eventtime, actor, known_by, account, region, eventname AS call, resource, result
FROM events
WHERE role_name = :role AND is_change
ORDER BY eventtime DESC
