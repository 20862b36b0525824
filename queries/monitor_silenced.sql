-- title: Monitors stopped and never started again
-- group: Monitors
-- question: Who stopped or deleted a monitor that was not started or made again since?
-- param: monitor resource optional - part of the schedule's name
-- limit: 200
-- since: 30d
-- example: monitor-silenced since=30d
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | monitor=bank-marketing-try-data-quality | call=DeleteMonitoringSchedule
-- expect: actor=deploy-bank-marketing-* | monitor=bank-marketing-quality-* | call=DeleteMonitoringSchedule
WITH touched AS (
    SELECT eventtime, actor, known_by, account, region, eventname,
        json_extract_scalar(requestparameters, '$.monitoringScheduleName') AS monitor
    FROM events
    WHERE service = 'sagemaker' AND result = 'done' AND eventname IN (
            'CreateMonitoringSchedule', 'StartMonitoringSchedule', 'StopMonitoringSchedule', 'DeleteMonitoringSchedule'
        )
        AND (:monitor = '' OR strpos(mentions, lower(:monitor)) > 0)
),
ranked AS (
    SELECT eventtime, actor, known_by, account, region, eventname, monitor,
        row_number() OVER (PARTITION BY account, region, monitor ORDER BY eventtime DESC) AS latest
    FROM touched
)
SELECT eventtime, actor, known_by, account, region, eventname AS call, monitor
FROM ranked
WHERE latest = 1 AND eventname IN ('StopMonitoringSchedule', 'DeleteMonitoringSchedule')
ORDER BY eventtime DESC
