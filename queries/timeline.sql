-- title: Everything about one resource
-- group: Look around
-- question: What happened to a resource: who did what, and when?
-- param: name resource - part of the resource's name
-- limit: 500
-- since: 7d
-- example: timeline name=bank-marketing since=4d
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-old | call=DeleteModel | result=done
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-retrain | call=CreateTrainingJob | result=done
-- expect: actor=diego-ramirez | resource=bank-marketing-quality | call=UpdateMonitoringAlert | result=done
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-data-quality | call=StopMonitoringSchedule | result=done
-- expect: actor=diego-ramirez | resource=bank-marketing-accuracy | call=DisableAlarmActions | result=done
-- expect: actor=diego-ramirez | resource=bank-marketing-2026 | call=UpdateEndpoint | result=done
-- expect: actor=diego-ramirez | resource=bank-marketing-2 | call=CreateEndpointConfig | result=done
SELECT eventtime, actor, known_by, account, region, service, eventname AS call, resource, result
FROM events
WHERE strpos(mentions, lower(:name)) > 0 AND is_change
ORDER BY eventtime DESC
