-- title: Model Monitor alerts loosened
-- group: Monitors
-- question: Who changed when a Model Monitor alert fires? It is looser with more datapoints of as many; what it was before is known only where that was changed in the time asked for.
-- param: monitor resource optional - part of the schedule's name
-- limit: 200
-- since: 30d
-- example: alert-threshold since=30d
-- expect: actor=diego-ramirez | monitor=bank-marketing-quality-* | became=looser
-- expect: actor=ingrid.solberg@example.com | monitor=bank-marketing-quality-* | became=not known
WITH changed AS (
    SELECT eventtime, actor, known_by, account, region, result,
        json_extract_scalar(requestparameters, '$.monitoringScheduleName') AS monitor,
        json_extract_scalar(requestparameters, '$.monitoringAlertName') AS alert,
        try_cast(json_extract_scalar(requestparameters, '$.datapointsToAlert') AS integer) AS datapoints,
        try_cast(json_extract_scalar(requestparameters, '$.evaluationPeriod') AS integer) AS of_last
    FROM events
    WHERE service = 'sagemaker' AND eventname = 'UpdateMonitoringAlert' AND result = 'done'
        AND (:monitor = '' OR strpos(mentions, lower(:monitor)) > 0)
),
compared AS (
    SELECT eventtime, actor, known_by, account, region, monitor, alert, datapoints, of_last,
        lag(datapoints) OVER (PARTITION BY account, region, monitor, alert ORDER BY eventtime) AS datapoints_before
    FROM changed
)
SELECT eventtime, actor, known_by, account, region, monitor, alert, datapoints, of_last, datapoints_before,
    CASE
        WHEN datapoints_before IS NULL THEN 'not known'
        WHEN datapoints > datapoints_before THEN 'looser'
        WHEN datapoints < datapoints_before THEN 'tighter'
        ELSE 'the same'
    END AS became
FROM compared
ORDER BY eventtime DESC
