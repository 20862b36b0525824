-- title: Monitors created, changed, stopped, deleted
-- group: Monitors
-- question: Who created, changed, started, stopped or deleted monitoring schedules?
-- param: monitor resource optional - part of the schedule's name
-- limit: 200
-- since: 7d
-- example: monitor-changed since=7d
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | monitor=bank-marketing-try-data-quality | call=DeleteMonitoringSchedule | result=done
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | monitor=bank-marketing-try-data-quality | call=StopMonitoringSchedule | result=done
-- expect: actor=U0PRIYANAT | monitor=bank-marketing-quality-* | call=StartMonitoringSchedule | result=done
-- expect: actor=maya.okafor@example.com | monitor=bank-marketing-quality-* | call=StopMonitoringSchedule | result=done
SELECT eventtime, actor, known_by, account, region, eventname AS call,
    resource AS monitor,
    json_extract_scalar(
        requestparameters, '$.monitoringScheduleConfig.scheduleConfig.scheduleExpression'
    ) AS schedule,
    json_extract_scalar(requestparameters, '$.monitoringScheduleConfig.monitoringType') AS type,
    result
FROM events
WHERE service = 'sagemaker' AND eventname IN (
        'CreateMonitoringSchedule', 'UpdateMonitoringSchedule', 'StartMonitoringSchedule', 'StopMonitoringSchedule',
        'DeleteMonitoringSchedule'
    )
    AND (:monitor = '' OR strpos(mentions, lower(:monitor)) > 0)
ORDER BY eventtime DESC
