-- title: Everything one person changed
-- group: People
-- question: What did one person change in SageMaker?
-- setting: trail.about_people
-- param: person person - the name as the trail has it
-- limit: 500
-- since: 7d
-- example: person person=maya.okafor@example.com since=30d
-- expect: actor=maya.okafor@example.com | resource=diego-ramirez | call=CreatePresignedDomainUrl | result=done
-- expect: actor=maya.okafor@example.com | resource=fraud-try | call=CreateEndpoint | result=denied
-- expect: actor=maya.okafor@example.com | resource=bank-marketing-quality-* | call=StopMonitoringSchedule | result=done
SELECT eventtime, actor, known_by, account, region, eventname AS call, resource, result
FROM events
WHERE service = 'sagemaker' AND is_change AND known_by <> 'shared role' AND lower(actor) = lower(:person)
ORDER BY eventtime DESC
