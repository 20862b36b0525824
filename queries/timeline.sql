-- title: Everything about one resource
-- group: Look around
-- question: What happened to a resource: who did what, and when?
-- param: name resource - part of the resource's name
-- limit: 500
-- since: 7d
-- example: timeline name=bank-marketing since=4d
-- expect: actor=diego.ramirez@example.com | resource=bank-marketing | call=CreateModelPackage | result=done
-- expect: actor=diego-ramirez | resource=bank-marketing-backfill | call=CreateProcessingJob | result=done
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-candidate | call=DeleteModel | result=done
-- expect: actor=diego-ramirez | resource=bank-marketing-quality-* | call=UpdateMonitoringAlert | result=done
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-retrain | call=CreateTrainingJob | result=done
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-try-data-quality | call=DeleteMonitoringSchedule | result=done
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-try-data-quality | call=StopMonitoringSchedule | result=done
SELECT eventtime, actor, known_by, account, region, service, eventname AS call, resource, result
FROM events
WHERE strpos(mentions, lower(:name)) > 0 AND is_change
ORDER BY eventtime DESC
