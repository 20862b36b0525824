-- title: Changes that cannot be traced to a person
-- group: Studio
-- question: Which changes to SageMaker were made with a shared role, so that nobody can tell by whom?
-- param: role resource optional - part of the role's name
-- limit: 200
-- since: 7d
-- example: unattributable since=30d
-- expect: shared_role=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-candidate | call=DeleteModel | result=done
-- expect: shared_role=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-retrain | call=CreateTrainingJob | result=done
-- expect: shared_role=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-try-data-quality | call=DeleteMonitoringSchedule | result=done
-- expect: shared_role=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-try-data-quality | call=StopMonitoringSchedule | result=done
-- expect: shared_role=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-try-data-quality | call=CreateMonitoringSchedule | result=done
SELECT eventtime, account, region, role_name AS shared_role, session_name AS session, eventname AS call, resource, result
FROM events
WHERE service = 'sagemaker' AND is_change AND known_by = 'shared role'
    AND (:role = '' OR strpos(lower(role_name), lower(:role)) > 0)
ORDER BY eventtime DESC
