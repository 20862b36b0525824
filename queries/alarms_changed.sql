-- title: Alarms changed, disabled, muted, deleted
-- group: Governance
-- question: Who changed, disabled, muted or deleted CloudWatch alarms?
-- param: alarm resource optional - part of the alarm's name
-- limit: 200
-- since: 7d
-- example: alarms-changed alarm=ACCURACY since=30d
-- expect: actor=maya.okafor@example.com | alarm=["BANKING_MODEL_QUALITY_ACCURACY_SCORE"] | call=EnableAlarmActions | result=done
-- expect: actor=diego-ramirez | alarm=["BANKING_MODEL_QUALITY_ACCURACY_SCORE"] | call=DisableAlarmActions | result=done
-- expect: actor=maya.okafor@example.com | alarm=BANKING_MODEL_QUALITY_ACCURACY_SCORE | call=PutMetricAlarm | result=done
-- expect: actor=ingrid.solberg@example.com | alarm=BANKING_MODEL_QUALITY_ACCURACY_SCORE | call=PutMetricAlarm | result=done
-- expect: actor=deploy-bank-marketing-* | alarm=BANKING_MODEL_QUALITY_ACCURACY_SCORE | call=PutMetricAlarm | result=done
SELECT eventtime, actor, known_by, account, region, eventname AS call,
    coalesce(
        json_extract_scalar(requestparameters, '$.alarmName'),
        json_format(json_extract(requestparameters, '$.alarmNames')),
        json_extract_scalar(requestparameters, '$.alarmMuteRuleName'),
        json_extract_scalar(requestparameters, '$.name')
    ) AS alarm,
    json_extract_scalar(requestparameters, '$.threshold') AS threshold,
    coalesce(
        json_extract_scalar(requestparameters, '$.stateValue'),
        json_extract_scalar(requestparameters, '$.rule.schedule.duration')
    ) AS state_or_duration,
    result
FROM events
WHERE service = 'monitoring' AND eventname IN (
        'PutMetricAlarm', 'PutCompositeAlarm', 'PutLogAlarm', 'DeleteAlarms', 'DisableAlarmActions',
        'EnableAlarmActions', 'SetAlarmState', 'PutAlarmMuteRule', 'DeleteAlarmMuteRule'
    )
    AND (:alarm = '' OR strpos(mentions, lower(:alarm)) > 0)
ORDER BY eventtime DESC
